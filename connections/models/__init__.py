from connections.models.activity import Activity, InboundWebhook
from connections.models.credentials import Credential, OAuthAttempt, OutsideSecret
from connections.models.integrations import Connection, Integration
from connections.models.records import FieldMapping, QuarantinedRecord, Record, SchemaDrift
from connections.models.syncs import EntityState, SeenRecords, SyncRun, SyncStep

__all__ = [
    "Activity",
    "Connection",
    "Credential",
    "EntityState",
    "FieldMapping",
    "InboundWebhook",
    "Integration",
    "OAuthAttempt",
    "OutsideSecret",
    "QuarantinedRecord",
    "Record",
    "SchemaDrift",
    "SeenRecords",
    "SyncRun",
    "SyncStep",
]
