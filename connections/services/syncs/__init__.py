"""Syncs: asked for, run in the background, taken over where a worker dies, resumed and scheduled by the clock."""

from connections.services.syncs.asking import (
    SyncRunningError,
    cancel_sync,
    join_sync,
    request_sync,
)
from connections.services.syncs.beginning import UnknownDataTypeError
from connections.services.syncs.running import run_sync
from connections.services.syncs.sweeping import resume_due, schedule_due
from connections.services.syncs.waking import RUN_SYNC

__all__ = [
    "RUN_SYNC",
    "SyncRunningError",
    "UnknownDataTypeError",
    "cancel_sync",
    "join_sync",
    "request_sync",
    "resume_due",
    "run_sync",
    "schedule_due",
]
