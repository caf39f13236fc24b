"""The one HTTP door: nothing else in the hub opens a connection to the outside.

It calls public addresses over TLS and nothing else, unless a host is in the allow-list for development. A name is
resolved once, each address is judged, and the connection goes to the very address that was judged (no DNS rebinding).
Redirects are not followed, time and size of an answer are bounded, proxies of the environment are ignored, and neither
errors nor logs hold a path, a query, a header or a body.
"""

from integrations_site.kernel.http.client import HttpClient, Response, shared_client
from integrations_site.kernel.http.errors import (
    AddressRefusedError,
    OutcomeUnknownError,
    ProviderUnavailableError,
    RequestRefusedError,
)

__all__ = [
    "AddressRefusedError",
    "HttpClient",
    "OutcomeUnknownError",
    "ProviderUnavailableError",
    "RequestRefusedError",
    "Response",
    "shared_client",
]
