"""Approved cases as files: one case as document 000 states it, or a list of them as a table."""

from ledger.services.exports.cases import (
    EXPORTABLE,
    CaseChangedError,
    CaseNotApprovedError,
    ExportFormat,
    ExportOptions,
    export_case,
)
from ledger.services.exports.tables import export_table

__all__ = [
    "EXPORTABLE",
    "CaseChangedError",
    "CaseNotApprovedError",
    "ExportFormat",
    "ExportOptions",
    "export_case",
    "export_table",
]
