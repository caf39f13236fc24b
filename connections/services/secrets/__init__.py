"""Credentials of connections: kept sealed in the database, or in AWS Secrets Manager; every use is audited."""

from connections.services.secrets.keeping import drop_secret, read_secret, store_secret

__all__ = ["drop_secret", "read_secret", "store_secret"]
