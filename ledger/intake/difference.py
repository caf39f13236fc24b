"""What a person should look at before an invoice is approved."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """Two figures of the invoice that should agree, and do not; or a remark, which has no figures."""

    code: str
    message: str
    terms: tuple[str, ...]
    line_id: str | None = None
    expected: Decimal | None = None
    found: Decimal | None = None

    @property
    def difference(self) -> Decimal | None:
        """How much more the invoice says than it should; negative where it says less."""
        return None if self.found is None or self.expected is None else self.found - self.expected
