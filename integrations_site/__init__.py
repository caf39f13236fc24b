"""The hub's site: what all of its apps stand on."""

# Whoever sends a task must know the broker, so the Celery application comes with the package.
from integrations_site.celery import app as celery_app

__all__ = ["celery_app"]
