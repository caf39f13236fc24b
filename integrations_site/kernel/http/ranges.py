"""Addresses that are not part of the public internet.

Source: IANA's special-purpose address registries (RFC 6890 and its updates). The ranges are written out here, because
what `ipaddress` calls global differs between Python's patch releases.
"""

import ipaddress

_V4 = {
    "0.0.0.0/8": "this host (RFC 791)",
    "10.0.0.0/8": "a private network (RFC 1918)",
    "100.64.0.0/10": "a carrier's shared network (RFC 6598)",
    "127.0.0.0/8": "loopback (RFC 1122)",
    "169.254.0.0/16": "link-local, cloud metadata included (RFC 3927)",
    "172.16.0.0/12": "a private network (RFC 1918)",
    "192.0.0.0/24": "reserved for protocols (RFC 6890)",
    "192.0.2.0/24": "documentation (RFC 5737)",
    "192.88.99.0/24": "6to4 relays (RFC 7526)",
    "192.168.0.0/16": "a private network (RFC 1918)",
    "198.18.0.0/15": "benchmarks (RFC 2544)",
    "198.51.100.0/24": "documentation (RFC 5737)",
    "203.0.113.0/24": "documentation (RFC 5737)",
    "224.0.0.0/4": "multicast (RFC 5771)",
    "240.0.0.0/4": "reserved or broadcast (RFC 1112)",
}
# IPv6 is closed but for global unicast; these carve out of it, or name what a refusal is about.
_V6 = {
    "::/128": "unspecified (RFC 4291)",
    "::1/128": "loopback (RFC 4291)",
    "::ffff:0:0/96": "IPv4-mapped (RFC 4291)",
    "64:ff9b::/96": "NAT64 (RFC 6052)",
    "64:ff9b:1::/48": "local NAT64 (RFC 8215)",
    "2001::/23": "reserved for protocols, Teredo included (RFC 2928)",
    "2001:db8::/32": "documentation (RFC 3849)",
    "2002::/16": "6to4 (RFC 3056)",
    "3fff::/20": "documentation (RFC 9637)",
    "fc00::/7": "a private network (RFC 4193)",
    "fe80::/10": "link-local (RFC 4291)",
    "ff00::/8": "multicast (RFC 4291)",
}
_CLOSED_V4 = [(ipaddress.IPv4Network(text), name) for text, name in _V4.items()]
_CLOSED_V6 = [(ipaddress.IPv6Network(text), name) for text, name in _V6.items()]
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")


def why_not_public(address: str) -> str | None:
    """What the range of this IP address is for, or None where the address is public. Raises ValueError."""
    parsed = ipaddress.ip_address(address)
    if isinstance(parsed, ipaddress.IPv4Address):
        return next((name for network, name in _CLOSED_V4 if parsed in network), None)
    named = next((name for network, name in _CLOSED_V6 if parsed in network), None)
    return named or (None if parsed in _GLOBAL_UNICAST else "reserved (RFC 4291)")
