"""Where providers send browsers back to."""

from django.conf import settings


def callback_uri() -> str:
    """The hub's own address for the end of a consent, which providers are told of."""
    return f"{settings.HUB_BASE_URL}/api/integrations/oauth/callback"
