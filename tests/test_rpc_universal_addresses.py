"""Universal addresses: what RFC 5665 writes, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from typedserver import RecipeError
from typedserver.protocols.requests import Address
from typedserver.rpc.universal_addresses import parse_universal_address, universal_address


@pytest.mark.parametrize(
    ("address", "text"),
    [
        (("192.0.2.1", 2049), "192.0.2.1.8.1"),
        (("", 111), "0.0.0.0.0.111"),
        (("::1", 65535), "::1.255.255"),
        (("2001:db8::5", 1, 0, 0), "2001:db8::5.0.1"),
        (("fe80::1%lo", 256), "fe80::1.1.0"),
        ("/run/rpcbind.sock", "/run/rpcbind.sock"),
    ],
)
def test_an_address_is_written_as_the_rfc_says(address: Address, text: str) -> None:
    assert universal_address(address) == text


@given(st.ip_addresses().map(str), st.integers(0, 65535))
def test_what_was_written_is_read(host: str, port: int) -> None:
    assert parse_universal_address(universal_address((host, port))) == (host, port)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1.2.3.4",
        "1.2.3.4.5",
        "1.2.3.4.5.256",
        "1.2.3.4.+5.6",
        "1.2.3.4.5. 6",
        "1.2.3.4.5.٣",
        "name.0.1",
        "1.2.3.4.5.6.7",
        "::g.0.1",
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="universal address"):
        parse_universal_address(text)


@given(st.text())
def test_any_text_is_an_address_or_refused(text: str) -> None:
    try:
        address = parse_universal_address(text)
    except ValueError:
        return
    assert parse_universal_address(universal_address(address)) == address


@pytest.mark.parametrize("address", [("localhost", 1), ("127.0.0.1", 65536), ("127.0.0.1", -1)])
def test_what_has_no_form_is_refused(address: Address) -> None:
    with pytest.raises(RecipeError):
        universal_address(address)
