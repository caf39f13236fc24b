"""Links to files: signed, good for a while, and for whoever has them.

A link's token is the tenant, the file and the end of the link's time, and an HMAC of these (django.core.signing; its
keys are SECRET_KEY and SECRET_KEY_FALLBACKS).
"""

import base64
import binascii
import math
import uuid
from dataclasses import dataclass

from django.core.signing import BadSignature, Signer
from django.urls import reverse

from integrations_site.files.errors import LinkExpiredError, LinkInvalidError
from integrations_site.files.models import StoredFile
from integrations_site.files.names import key_name
from integrations_site.kernel import clock

_SIGNER = "hub.files.link"
_EXPIRY_BYTES = 5


@dataclass(frozen=True, slots=True)
class Target:
    """What a link leads to."""

    tenant_id: uuid.UUID
    file_id: uuid.UUID


def signed_link(file: StoredFile, *, seconds: int) -> str:
    """The path of a link that anybody may follow for so many seconds."""
    expiry = math.ceil(clock.now().timestamp()) + seconds
    owner = file.tenant_id.bytes  # type: ignore[union-attr]  # the column is never empty, its default may be
    raw = owner + file.id.bytes + expiry.to_bytes(_EXPIRY_BYTES, "big")
    token = Signer(salt=_SIGNER, sep=".").sign(base64.urlsafe_b64encode(raw).decode().rstrip("="))
    return reverse("file", args=[token, key_name(file.name)])


def target_of(token: str) -> Target:
    """What a link's token leads to. Raises LinkInvalidError and LinkExpiredError."""
    try:
        payload = Signer(salt=_SIGNER, sep=".").unsign(token)
        raw = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
    except (BadSignature, binascii.Error):
        raise LinkInvalidError("The link is not valid: it was altered or cut short. Ask for a new one") from None
    if int.from_bytes(raw[32:], "big") < clock.now().timestamp():
        raise LinkExpiredError("The link has expired. Ask for a new one")
    return Target(uuid.UUID(bytes=raw[:16]), uuid.UUID(bytes=raw[16:32]))
