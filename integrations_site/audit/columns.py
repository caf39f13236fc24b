"""Columns that many tables of the admin have."""

from collections.abc import Callable, Mapping
from typing import Any

from unfold.decorators import display


def status_column(colours: Mapping[str, str]) -> Callable[[Any, Any], tuple[str, str]]:
    """A row's status as a coloured word; `colours` by status (success, info, warning, danger)."""

    def column(admin: Any, row: Any) -> tuple[str, str]:
        return row.status, row.get_status_display()

    titled: Callable[[Any, Any], tuple[str, str]] = display(
        column, description="status", ordering="status", label=dict(colours)
    )
    return titled
