"""Secrets at rest: AES-256-GCM, the key's id in front, and the owner bound to the ciphertext.

Source: NIST SP 800-38D. A sealed secret is `<key id>:<base64url of nonce and ciphertext>`. What it belongs to (tenant
and record) is associated data: a ciphertext that is moved to another tenant's row does not open.
"""

import base64
import binascii
import hashlib
import os
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from integrations_site.kernel.errors import HubError

_NONCE_BYTES = 12


class SecretUnreadableError(HubError):
    """A sealed secret does not open: its key is gone, or it was altered or moved."""

    status, code = 500, "SECRET_UNREADABLE"


class SecretBox:
    """Seals with the first key, opens with any of them."""

    def __init__(self, keys: Mapping[str, str]) -> None:
        if not keys:
            raise ValueError("A secret box needs at least one key")
        self._keys = {name: AESGCM(hashlib.sha256(text.encode()).digest()) for name, text in keys.items()}
        self.key_id = next(iter(keys))

    def seal(self, secret: str, *, owner: str) -> str:
        """The secret's form for storage; it opens for the same `owner` only."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._keys[self.key_id].encrypt(nonce, secret.encode(), owner.encode())
        return f"{self.key_id}:{base64.urlsafe_b64encode(nonce + sealed).decode()}"

    def open(self, sealed: str, *, owner: str) -> str:
        """The secret behind a sealed form. Raises SecretUnreadableError."""
        key_id, _, body = sealed.partition(":")
        try:
            raw = base64.urlsafe_b64decode(body)
            return self._keys[key_id].decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], owner.encode()).decode()
        except (KeyError, InvalidTag, binascii.Error, ValueError):
            message = (
                "A stored secret cannot be opened with the hub's keys; is the one that sealed it in ENCRYPTION_KEYS?"
            )
            raise SecretUnreadableError(message) from None
