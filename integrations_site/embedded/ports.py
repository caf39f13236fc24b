"""Says that a port is taken while nothing has been started yet."""

import socket
from collections.abc import Mapping

from integrations_site.embedded.errors import EmbeddedError


def require_free(host: str, ports: Mapping[str, int]) -> None:
    """Raise EmbeddedError unless every port can be listened on; ``ports`` names the option that chooses each."""
    if len(set(ports.values())) < len(ports):
        raise EmbeddedError(f"{' and '.join(ports)} must be different ports.")
    for option, port in ports.items():
        if not _is_free(host, port):
            raise EmbeddedError(f"Port {port} on {host} is in use. Choose another with {option}.")


def _is_free(host: str, port: int) -> bool:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise EmbeddedError(f"{host} is not an address of this machine: {error.strerror}.") from error
    with socket.socket(family, kind, protocol) as probe:
        # As servers do; without it a port that was in use a moment ago would not count as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
            probe.listen()
        except OSError:
            return False
    return True
