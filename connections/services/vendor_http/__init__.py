"""The way to third parties: `connections.sdk.http.VendorHttp` over the hub's one HTTP door.

What a provider's definition says about address, authentication, limits and errors is done here, for every connector.
"""

from connections.services.vendor_http.making import provider_http, vendor_http
from connections.services.vendor_http.pacing import Pace

__all__ = ["Pace", "provider_http", "vendor_http"]
