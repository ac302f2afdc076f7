"""Networks: the longest prefix of an address, whatever the prefixes and however many."""

import ipaddress

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from typedserver import RecipeError
from typedserver.security.networks import Network, NetworkTable, networks_of


def table(*networks: str) -> NetworkTable[str]:
    return NetworkTable(dict(zip(networks_of("Test", "networks", networks), networks, strict=True)))


@pytest.mark.parametrize(
    ("host", "found"),
    [
        ("10.1.2.3", "10.1.2.0/24"),
        ("10.1.3.3", "10.0.0.0/8"),
        ("10.1.2.4", "10.1.2.4"),
        ("9.255.255.255", None),
        ("11.0.0.0", None),
        ("::ffff:10.1.2.3", "10.1.2.0/24"),
        ("64:ff9b::10.1.2.3", "10.1.2.0/24"),
        ("::10.1.2.3", None),
        ("2001:db8::1", "2001:db8::/32"),
        ("2001:db8:1::1", "2001:db8:1::/48"),
        ("2001:db9::", None),
        ("fe80::1%eth0", "fe80::/10"),
        ("192.168.0.77", "::ffff:192.168.0.0/112"),
        ("255.255.255.255", "255.255.255.255"),
    ],
)
def test_longest_network_is_found(host: str, found: str | None) -> None:
    networks = table(
        "10.1.2.0/24",
        "10.0.0.0/8",
        "10.1.2.4",
        "2001:db8::/32",
        "2001:db8:1::/48",
        "fe80::/10",
        "::ffff:192.168.0.0/112",
        "255.255.255.255",
    )
    assert networks.find(host) == found


def test_network_of_all_addresses_surrounds_the_others() -> None:
    networks = table("0.0.0.0/0", "10.0.0.0/8", "::/0")
    assert networks.find("0.0.0.0") == networks.find("255.255.255.255") == networks.find("11.0.0.0") == "0.0.0.0/0"
    assert networks.find("10.0.0.0") == networks.find("10.255.255.255") == "10.0.0.0/8"
    assert networks.find("::") == networks.find("ffff::") == "::/0"


def test_translated_address_belongs_to_networks_of_both_kinds() -> None:
    assert table("64:ff9b::/96").find("64:ff9b::10.0.0.1") == "64:ff9b::/96"
    assert table("64:ff9b::/96", "10.0.0.0/8").find("64:ff9b::10.0.0.1") == "10.0.0.0/8"
    assert table("64:ff9b::a00:0/112", "10.0.0.0/8").find("64:ff9b::10.0.0.1") == "64:ff9b::a00:0/112"
    assert table("64:ff9b::/96").find("10.0.0.1") is None


def test_no_networks_find_nothing() -> None:
    assert table().find("10.0.0.1") is None
    assert table().find("::1") is None


@pytest.mark.parametrize("host", ["", "localhost", "10.0.0", "10.0.0.1 ", ":", "1::2::3", "10.0.0.1\0"])
def test_what_is_no_address_is_an_error(host: str) -> None:
    with pytest.raises(ValueError, match="is no IP address"):
        table().find(host)


@pytest.mark.parametrize(
    ("network", "words"),
    [
        ("10.0.0.1/8", r"write '10\.0\.0\.0/8'"),
        ("10.0.0.0/33", "is no network"),
        ("localhost", "is no network"),
        ("", "is no network"),
        ("fe80::%eth0/10", "is no network"),
        (1, "as text"),
        (b"\x0a\0\0\0", "as text"),
        (None, "as text"),
    ],
)
def test_bad_network_is_a_recipe_error(network: str, words: str) -> None:
    with pytest.raises(RecipeError, match=words):
        networks_of("Filtered", "allow", [network])


@pytest.mark.parametrize("networks", ["10.0.0.0/8", b"10.0.0.0/8", 1, None])
def test_what_is_no_sequence_of_networks_is_a_recipe_error(networks: str) -> None:
    with pytest.raises(RecipeError, match=r"Filtered\(allow=.*must be a sequence"):
        networks_of("Filtered", "allow", networks)


# A small part of the space, so that networks overlap and addresses lie in them or just beside.
_CLOSE_TOGETHER = st.integers(0, 0x3F)


@st.composite
def _networks(draw: st.DrawFn) -> Network:
    if draw(st.booleans()):
        length = draw(st.integers(24, 32))
        return ipaddress.IPv4Network(((0x0A000000 + draw(_CLOSE_TOGETHER)) >> (32 - length) << (32 - length), length))
    length = draw(st.integers(118, 128))
    return ipaddress.IPv6Network(((draw(_CLOSE_TOGETHER) + (1 << 96)) >> (128 - length) << (128 - length), length))


@settings(max_examples=200, deadline=None)
@given(networks=st.lists(_networks(), max_size=20), at=st.lists(st.integers(-1, 0x41), min_size=1))
@example(networks=[ipaddress.IPv4Network("0.0.0.0/0"), ipaddress.IPv4Network("255.255.255.255")], at=[0])
def test_table_finds_what_a_search_of_all_finds(networks: list[Network], at: list[int]) -> None:
    built = NetworkTable({network: network for network in networks})
    for number in at:
        for address in (ipaddress.IPv4Address(0x0A000000 + number), ipaddress.IPv6Address((1 << 96) + number)):
            expected = max(
                (network for network in networks if address in network),
                key=lambda network: network.prefixlen,
                default=None,
            )
            assert built.find(str(address)) == expected
