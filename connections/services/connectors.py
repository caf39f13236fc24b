"""Which connector serves a connection: the built-in one that its definition names, else the declarative one."""

from collections.abc import Mapping

from catalog.definition import ProviderDefinition
from catalog.services.providers import definition_of
from connections.connectors.registry import CONNECTORS
from connections.models import Connection
from connections.sdk.connector import Connector, ConnectorConfig
from connections.sdk.declarative import DeclarativeConnector
from connections.sdk.http import VendorHttp
from connections.services.vendor_http import vendor_http

# Built-in connectors by the name that definitions know them by.
BUILT_IN: Mapping[str, type[Connector]] = CONNECTORS


def connector_of(connection: Connection, *, purpose: str = "sync", deadline: float | None = None) -> Connector:
    """The connector of a connection, for one piece of work in its tenant's scope.

    After `deadline`, on the monotonic clock, it asks the vendor for nothing more and raises DeadlinePassed.
    """
    definition = definition_of(connection.integration.provider)
    config = ConnectorConfig(definition, connection.integration.settings | connection.settings, connection.account_id)
    return connector_for(config, vendor_http(connection, purpose=purpose, deadline=deadline))


def connector_for(config: ConnectorConfig, http: VendorHttp) -> Connector:
    """The connector for a definition over a given way to the vendor."""
    return _class_for(config.definition)(config, http)


def _class_for(definition: ProviderDefinition) -> type[Connector]:
    return BUILT_IN.get(definition.connector or "", DeclarativeConnector)
