"""Links with third parties: where their secrets are kept, and where browsers may be led."""

from typing import Any

from integrations_site.settings import environment as env
from integrations_site.settings.components.core import HUB_BASE_URL

# Where every third party is reached instead, as {stand-in}/{its host}{path}; empty in production.
VENDOR_STAND_IN = env.text("VENDOR_STAND_IN").rstrip("/")
# Where consent may lead back to, and whither browsers are sent after it: addresses at or below one of these.
ALLOWED_RETURN_URLS = [HUB_BASE_URL, *env.words("ALLOWED_RETURN_URLS")]
# Where new credentials are kept; those that exist stay where they are until they are written again.
CREDENTIAL_STORE = env.choice("CREDENTIAL_STORE", {"database", "aws"}, "database")
# Access to AWS comes the way boto3 looks for it: environment, profile, instance role.
CREDENTIAL_AWS: dict[str, Any] = {
    "region_name": env.text("CREDENTIAL_AWS_REGION") or None,
    "endpoint_url": env.text("CREDENTIAL_AWS_ENDPOINT") or None,
}
