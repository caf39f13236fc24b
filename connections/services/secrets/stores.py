"""Stores of secrets outside the database. Each keeps a text at a location, which the hub makes up anew for each text.

Their methods go over the network, so none is called inside a transaction. They raise SecretStoreUnavailableError.
"""

from collections.abc import Mapping
from functools import cache
from typing import Protocol, cast

from django.utils.module_loading import import_string

from connections.models import Credential


class SecretStore(Protocol):
    """One way of keeping secrets outside the database."""

    def put(self, location: str, secret: str) -> None:
        """Keeps a secret at a location that was never used before."""

    def get(self, location: str) -> str | None:
        """The secret; None where there is none."""

    def drop(self, location: str) -> None:
        """Removes the secret, for good; nothing happens where there is none."""


# What the setting CREDENTIAL_STORE may name besides the database itself, and where each is.
OUTSIDE: Mapping[str, str] = {Credential.Store.AWS: "connections.services.secrets.aws.AwsStore"}


@cache
def outside(name: str) -> SecretStore:
    """The store of that name."""
    return cast(SecretStore, import_string(OUTSIDE[name])())
