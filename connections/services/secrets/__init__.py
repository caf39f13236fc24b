"""Credentials of connections: kept sealed in the database, or in AWS Secrets Manager; every use is audited."""

from connections.services.secrets.keeping import (
    SealedSecret,
    drop_secret,
    read_secret,
    seal_secret,
    store_secret,
    write_secret,
)

__all__ = ["SealedSecret", "drop_secret", "read_secret", "seal_secret", "store_secret", "write_secret"]
