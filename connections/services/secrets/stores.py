"""Where credentials are kept. A store takes a credential's name, id and tenant from its row, and gives texts back."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Protocol

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings

from connections.models import Credential
from connections.services.errors import NotConnectedError, SecretStoreUnavailableError
from integrations_site.kernel.crypto import SecretBox

_QUICK = Config(connect_timeout=5, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 3})


class SecretStore(Protocol):
    """One way of keeping secrets."""

    def put(self, credential: Credential, secret: str) -> str:
        """Keeps a secret in place of the one before; the answer goes into the row (`sealed`)."""

    def get(self, credential: Credential) -> str:
        """The secret. Raises NotConnectedError where there is none."""

    def drop(self, credential: Credential) -> None:
        """Removes the secret, for good; nothing happens where there is none."""


class DatabaseStore:
    """Sealed with the hub's keys (AES-GCM), bound to tenant and credential, in the row itself."""

    def put(self, credential: Credential, secret: str) -> str:
        return SecretBox(settings.ENCRYPTION_KEYS).seal(secret, owner=owner_of(credential))

    def get(self, credential: Credential) -> str:
        if not credential.sealed:
            raise NotConnectedError("There is no credential; connect the account again")
        return SecretBox(settings.ENCRYPTION_KEYS).open(credential.sealed, owner=owner_of(credential))

    def drop(self, credential: Credential) -> None:
        """It goes with the row."""


class AwsStore:
    """AWS Secrets Manager, under the credential's name, as plain JSON: AWS encrypts it with the account's KMS key.

    Sealing it again would only make the hub's keys necessary to read it in an emergency. Every method goes over the
    network, so none is called inside a transaction. They raise SecretStoreUnavailableError.
    """

    def put(self, credential: Credential, secret: str) -> str:
        with _aws() as client:
            try:
                client.put_secret_value(SecretId=credential.name, SecretString=secret)
            except client.exceptions.ResourceNotFoundException:
                client.create_secret(Name=credential.name, SecretString=secret)
        return ""

    def get(self, credential: Credential) -> str:
        with _aws() as client:
            try:
                return str(client.get_secret_value(SecretId=credential.name)["SecretString"])
            except client.exceptions.ResourceNotFoundException:
                raise NotConnectedError("The credential is gone from AWS; connect the account again") from None

    def drop(self, credential: Credential) -> None:
        with _aws() as client:
            client.delete_secret(SecretId=credential.name, ForceDeleteWithoutRecovery=True)


_STORES: dict[str, SecretStore] = {Credential.Store.DATABASE: DatabaseStore(), Credential.Store.AWS: AwsStore()}


def store_of(credential: Credential) -> SecretStore:
    """The store that keeps this credential."""
    return _STORES[credential.store]


def owner_of(credential: Credential) -> str:
    """What a sealed secret is bound to."""
    return f"{credential.tenant_id}:{credential.id}"


@lru_cache(maxsize=4)
def _client(region: str | None, endpoint: str | None) -> Any:
    return boto3.client("secretsmanager", region_name=region, endpoint_url=endpoint, config=_QUICK)


@contextmanager
def _aws() -> Iterator[Any]:
    options = settings.CREDENTIAL_AWS
    try:
        yield _client(options["region_name"], options["endpoint_url"])
    except (BotoCoreError, ClientError) as error:
        raise SecretStoreUnavailableError(
            f"The credential store (AWS Secrets Manager) does not answer as it should: {type(error).__name__}"
        ) from None
