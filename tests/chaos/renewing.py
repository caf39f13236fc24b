"""A process that calls a vendor over one connection until the vendor says stop."""

import os
import uuid

from connections.models import Connection
from connections.services.vendor_http import vendor_http
from integrations_site.tenancy import scope


def call_until_stopped(tenant: str, connection: str) -> None:
    """Calls until the answer says stop. Raises what the first call that fails raises."""
    with scope.tenant_scope(uuid.UUID(tenant)):
        row = Connection.objects.select_related("integration__provider").get(pk=uuid.UUID(connection))
        http = vendor_http(row, purpose="chaos")
        while "stop" not in http.request("GET", "/list", headers={"X-Caller": str(os.getpid())}).json():
            pass
