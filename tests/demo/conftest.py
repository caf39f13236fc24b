"""The sandbox, for the demo's parts that talk with it."""

from tests.sandbox.serving import sandbox, sandbox_server

__all__ = ["sandbox", "sandbox_server"]
