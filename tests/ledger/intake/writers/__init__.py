"""Writers of invoices, for tests: they know nothing of the tables that read them."""

from tests.ledger.intake.writers.cii import write_cii
from tests.ledger.intake.writers.ubl import write_ubl

__all__ = ["write_cii", "write_ubl"]
