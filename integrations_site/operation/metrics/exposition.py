"""All figures in Prometheus' text format."""

from prometheus_client import CollectorRegistry, generate_latest

from integrations_site.operation.metrics import requests
from integrations_site.operation.metrics.figures import HubCollector

_hub = CollectorRegistry()
_hub.register(HubCollector())


def text() -> bytes:
    """What a scrape gets."""
    return generate_latest(requests.registry()) + generate_latest(_hub)
