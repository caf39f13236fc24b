"""AWS Secrets Manager as a store of secrets. It is loaded only where it is used: boto3 takes megabytes."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings

from connections.services.errors import SecretStoreUnavailableError

_QUICK = Config(connect_timeout=5, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 3})


class AwsStore:
    """Secrets as plain JSON: AWS encrypts it with the account's KMS key.

    Sealing it again would only make the hub's keys necessary to read it in an emergency.
    """

    def put(self, location: str, secret: str) -> None:
        with _aws() as client:
            client.create_secret(Name=location, SecretString=secret)

    def get(self, location: str) -> str | None:
        with _aws() as client:
            try:
                return str(client.get_secret_value(SecretId=location)["SecretString"])
            except client.exceptions.ResourceNotFoundException:
                return None

    def drop(self, location: str) -> None:
        with _aws() as client:
            client.delete_secret(SecretId=location, ForceDeleteWithoutRecovery=True)


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
