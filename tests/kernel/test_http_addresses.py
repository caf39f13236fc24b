"""Which addresses the HTTP door refuses."""

from collections.abc import Sequence

import pytest

from integrations_site.kernel.http import AddressRefusedError, ProviderUnavailableError
from integrations_site.kernel.http.addresses import AddressPolicy, resolve
from integrations_site.kernel.http.ranges import why_not_public

CLOSED = [
    *("0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.8.8.8"),
    *("169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.1.1"),
    *("198.18.0.1", "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255"),
    *("::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "64:ff9b::a00:1", "64:ff9b:1::1"),
    *("2001::1", "2001:db8::1", "2002:7f00:1::", "3fff::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%lo"),
    *("fec0::1", "ff02::1", "5f00::1", "100::1"),
]
OPEN = ["8.8.8.8", "93.184.216.34", "100.63.255.255", "100.128.0.1", "172.32.0.1", "2606:4700::1111", "2a00:1450::200e"]


def answering(*addresses: str) -> AddressPolicy:
    def resolver(host: str, port: int, seconds: float) -> list[str]:
        return list(addresses)

    return AddressPolicy(resolver=resolver)


@pytest.mark.parametrize("address", CLOSED)
def test_an_address_that_is_not_public_is_refused_with_its_range(address: str) -> None:
    assert why_not_public(address)
    with pytest.raises(AddressRefusedError, match="no public address"):
        answering(address).addresses("hook.example.com", 443, 1)


@pytest.mark.parametrize("address", OPEN)
def test_a_public_address_is_permitted(address: str) -> None:
    assert answering(address).addresses("hook.example.com", 443, 1) == [address]


def test_of_several_addresses_only_the_public_ones_are_called() -> None:
    assert answering("10.0.0.1", "8.8.8.8", "::1").addresses("hook.example.com", 443, 1) == ["8.8.8.8"]


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://hook.example.com/", "https"),
        ("http://169.254.169.254/latest", r"https://\. The host 169\.254\.169\.254 is no public address: link-local"),
        ("https://[::1]:8443/", r"port 8443; only 443 and 80 are called\. The host ::1 is no public address: loopback"),
        ("ftp://hook.example.com/", "https"),
        ("file:///etc/passwd", "https"),
        ("gopher://127.0.0.1/", "https"),
        ("https:///path", "https"),
        ("//hook.example.com/", "https"),
        ("https://user:secret@hook.example.com/", "user name"),
        ("https://user@hook.example.com/", "user name"),
        ("https://hook.example.com:22/", "port 22"),
        ("https://hook.example.com:8443/", "port 8443"),
        ("https://hook.example.com:99999/", "port 99999"),
        ("https://hook.example.com:port/", "valid URL"),
        ("https://hook.example.com/\x00", "valid URL"),
        ("https://hook.example.com\r\nHost: x/", "valid URL"),
        ("", "https"),
    ],
)
def test_a_url_of_another_form_is_refused(url: str, reason: str) -> None:
    with pytest.raises(AddressRefusedError, match=reason) as caught:
        answering("8.8.8.8").check(url, 1)
    assert "secret" not in caught.value.message


# The system resolver reads all of these as addresses of this machine or of the metadata service.
@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "127.1",
        "0",
        "[::1]",
        "[::ffff:169.254.169.254]",
        "localhost",
    ],
)
def test_no_spelling_of_a_private_address_gets_through(host: str) -> None:
    with pytest.raises(AddressRefusedError):
        AddressPolicy().check(f"https://{host}/latest/meta-data", 5)


@pytest.mark.parametrize(
    ("allowed", "url"),
    [
        (["127.0.0.1"], "http://127.0.0.1:9000/x"),
        (["127.0.0.1:9000"], "http://127.0.0.1:9000/x"),
        (["::1"], "http://[::1]:9000/x"),
        (["[::1]:9000"], "http://[::1]:9000/x"),
        (["LOCALHOST"], "http://localhost/x"),
    ],
)
def test_the_allow_list_lifts_the_rules_for_the_hosts_it_names(allowed: Sequence[str], url: str) -> None:
    AddressPolicy(allowed).check(url, 5)


@pytest.mark.parametrize("url", ["http://127.0.0.1:9001/", "http://127.0.0.2:9000/", "http://localhost:9000/"])
def test_the_allow_list_lifts_nothing_else(url: str) -> None:
    with pytest.raises(AddressRefusedError):
        AddressPolicy(["127.0.0.1:9000"]).check(url, 5)


def test_a_host_that_cannot_be_found_is_unavailable_not_refused() -> None:
    def resolver(host: str, port: int, seconds: float) -> list[str]:
        raise OSError("Name or service not known")

    with pytest.raises(ProviderUnavailableError, match=r"^The host name hook\.example\.com cannot be resolved"):
        AddressPolicy(resolver=resolver).check("https://hook.example.com/", 1)


def test_a_label_that_no_name_can_have_is_not_found() -> None:
    with pytest.raises(OSError, match="part of the name"):
        resolve("a" * 64 + ".example.com", 443, 5)
