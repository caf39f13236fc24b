"""What comes with an invoice (EN 16931-1, BG-24)."""

from base64 import b64decode
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True, slots=True)
class Attachment:
    """BT-125. The bytes are decoded when they are asked for."""

    filename: str | None = None
    mime_code: str | None = None
    base64: str = field(repr=False)

    @property
    def size(self) -> int:
        """How many bytes `content` has."""
        return len(self.base64) // 4 * 3 - self.base64[-2:].count("=")

    @property
    def content(self) -> bytes:
        """The bytes of the attached file."""
        return b64decode(self.base64, validate=True)


@dataclass(frozen=True, kw_only=True, slots=True)
class SupportingDocument:
    """BG-24."""

    reference: str  # BT-122
    description: str | None = None  # BT-123
    location: str | None = None  # BT-124, a URL; the hub never opens it
    attachment: Attachment | None = None  # BT-125
