"""Which addresses the hub calls, judged by URL, by port, and by what a name resolves to."""

import queue
import socket
import threading
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

import httpx2

from integrations_site.kernel.http.errors import AddressRefusedError, ProviderUnavailableError
from integrations_site.kernel.http.ranges import why_not_public

# The IP addresses of (host, port), found within so many seconds. Raises OSError.
Resolver = Callable[[str, int, float], list[str]]
_PORTS = {"http": 80, "https": 443}
_LONGEST_TOLD = 100


def resolve(host: str, port: int, seconds: float) -> list[str]:
    """The system resolver's answer. `getaddrinfo` knows no time limit, so it runs in a thread that is left behind.

    Raises OSError; TimeoutError, which is one, after `seconds`.
    """
    answer: queue.SimpleQueue[list[str] | OSError] = queue.SimpleQueue()

    def look_up() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answer.put(list(dict.fromkeys(str(entry[4][0]) for entry in found)))
        except OSError as error:
            answer.put(error)
        except UnicodeError:  # a label that is too long or empty
            answer.put(OSError("a part of the name is empty or too long"))

    threading.Thread(target=look_up, name="resolver", daemon=True).start()
    try:
        found = answer.get(timeout=max(seconds, 0.001))
    except queue.Empty:
        raise TimeoutError(f"no answer from the name service within {seconds:.0f} s") from None
    if isinstance(found, OSError):
        raise found
    return found


@dataclass(frozen=True, slots=True)
class Target:
    """A URL that may be called, taken apart."""

    scheme: str
    host: str
    port: int
    path: bytes

    def __str__(self) -> str:
        """Without path and query: they may hold secrets."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}"


class AddressPolicy:
    """Public addresses over https on the usual ports; and the hosts of the allow-list, as they please.

    An entry of the list is `host` or `host:port`; it lifts the rules for that name, whatever it resolves to.
    """

    def __init__(self, allowed_hosts: Collection[str] = (), resolver: Resolver = resolve) -> None:
        self._allowed = {entry.lower() for entry in allowed_hosts}
        self._resolve = resolver

    def target(self, url: str) -> Target:
        """The parts of a URL that the hub may call as far as can be seen without asking the name service.

        Raises AddressRefusedError.
        """
        try:
            parsed = httpx2.URL(url)
        except httpx2.InvalidURL:
            raise AddressRefusedError("The address is not a valid URL") from None
        if parsed.scheme not in _PORTS or not parsed.raw_host:
            raise AddressRefusedError("The address must start with https:// and name a host")
        if parsed.userinfo:
            raise AddressRefusedError("The address must not hold a user name or a password")
        target = Target(
            parsed.scheme, parsed.raw_host.decode("ascii"), parsed.port or _PORTS[parsed.scheme], parsed.raw_path
        )
        if not self.is_allowed(target.host, target.port):
            _require_public_form(target)
        return target

    def is_allowed(self, host: str, port: int) -> bool:
        """Whether the allow-list names this host or this host and port."""
        name = host.lower()
        bracketed = f"[{name}]" if ":" in name else name
        return not self._allowed.isdisjoint({name, bracketed, f"{bracketed}:{port}"})

    def addresses(self, host: str, port: int, seconds: float) -> list[str]:
        """Where a connection to this host may go: the IP addresses that one look-up gave and that are permitted.

        Raises AddressRefusedError where none is permitted, ProviderUnavailableError where there is none at all.
        """
        try:
            found = self._resolve(host, port, seconds)
        except TimeoutError as error:
            raise ProviderUnavailableError(f"The host name {_short(host)} was not resolved in time") from error
        except OSError as error:
            raise ProviderUnavailableError(
                f"The host name {_short(host)} cannot be resolved; check its spelling, or try again later"
            ) from error
        if self.is_allowed(host, port):
            return found
        refusals = {address: why_not_public(address) for address in found}
        permitted = [address for address, reason in refusals.items() if reason is None]
        if not permitted:
            raise AddressRefusedError(f"The host {host} has no public address: {_listed(refusals.values())}")
        return permitted

    def check(self, url: str, seconds: float) -> None:
        """Judges a URL before it is ever called. Raises AddressRefusedError and ProviderUnavailableError."""
        target = self.target(url)
        self.addresses(target.host, target.port, seconds)


def _require_public_form(target: Target) -> None:
    """Says all that is wrong at once. What a name resolves to is judged later."""
    wrong = []
    if target.scheme != "https":
        wrong.append("The address must start with https://")
    if target.port not in _PORTS.values():
        wrong.append(f"The address names port {target.port}; only 443 and 80 are called")
    if reason := _why_not_called(target.host):
        wrong.append(f"The host {target.host} is no public address: {reason}")
    if wrong:
        raise AddressRefusedError(". ".join(wrong))


def _why_not_called(host: str) -> str | None:
    """What the range of an IP address is for; None where it is public, or the host is a name."""
    try:
        return why_not_public(host)
    except ValueError:
        return None


def _short(host: str) -> str:
    return host if len(host) <= _LONGEST_TOLD else f"{host[:_LONGEST_TOLD]}…"


def _listed(reasons: Iterable[str | None]) -> str:
    return ", ".join(sorted({reason for reason in reasons if reason})) or "it resolves to nothing"
