"""The sandbox's own tests use it as other tests do."""

from tests.sandbox.calling import vendors
from tests.sandbox.serving import sandbox, sandbox_server

__all__ = ["sandbox", "sandbox_server", "vendors"]
