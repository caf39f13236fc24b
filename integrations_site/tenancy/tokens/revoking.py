"""Taking tokens back."""

import hashlib

from oauth2_provider.models import AccessToken


def revoke(token: str) -> bool:
    """The access token does not count from now on; False where it is none that counts."""
    found = AccessToken.objects.filter(token_checksum=hashlib.sha256(token.encode()).hexdigest()).first()
    if found is None:
        return False
    found.revoke()
    return True
