"""The addresses of webhooks below `/api/`."""

from notifications.api import deliveries, webhooks

urlpatterns = [*deliveries.routes, *webhooks.routes]
