"""What the hub adds to django-oauth-toolkit's grants: a person gets tokens only in a tenant where it has a place."""

from typing import Any

from oauth2_provider.oauth2_validators import OAuth2Validator

from integrations_site.tenancy.models import User
from integrations_site.tenancy.tokens.issuing import role_in


class HubValidator(OAuth2Validator):  # type: ignore[misc]
    """Refuses grants to people without a place in the client's tenant: when a code is redeemed, and at each refresh."""

    def validate_code(self, client_id: str, code: str, client: Any, request: Any, *args: Any, **kwargs: Any) -> bool:
        """Whether the code is good, and its owner still has a place in the client's tenant."""
        is_good = super().validate_code(client_id, code, client, request, *args, **kwargs)
        return bool(is_good and _has_place(request.user, client))

    def validate_refresh_token(self, refresh_token: str, client: Any, request: Any, *args: Any, **kwargs: Any) -> bool:
        """Whether the refresh token is good, and its owner still has a place in the client's tenant."""
        is_good = super().validate_refresh_token(refresh_token, client, request, *args, **kwargs)
        return bool(is_good and _has_place(request.user, client))


def _has_place(user: User, client: Any) -> bool:
    return role_in(client.tenant, user) is not None
