"""A connector made of a provider's definition alone."""

from connections.sdk.declarative.connector import DeclarativeConnector

__all__ = ["DeclarativeConnector"]
