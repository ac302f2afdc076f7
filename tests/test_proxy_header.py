"""The PROXY protocol's header: what is taken, in whatever pieces it comes, and what is refused."""

import socket
import struct
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from typedserver.protocols.proxied import ProxiedTLS, ProxyHeader
from typedserver.security.proxy_block import HeaderError, crc32c
from typedserver.security.proxy_parser import LONGEST_LINE, HeaderParser

PREFIX = b"\r\n\r\n\0\r\nQUIT\n"
INET = bytes([192, 0, 2, 1, 198, 51, 100, 2]) + struct.pack("!HH", 56324, 443)
INET6 = (
    socket.inet_pton(socket.AF_INET6, "2001:db8::1")
    + socket.inet_pton(socket.AF_INET6, "::1")
    + struct.pack("!HH", 1, 65535)
)


def block(command: int, family: int, body: bytes, length: int | None = None) -> bytes:
    return PREFIX + bytes([command, family]) + struct.pack("!H", len(body) if length is None else length) + body


def tlv(kind: int, value: bytes) -> bytes:
    return struct.pack("!BH", kind, len(value)) + value


def with_checksum(family: int, body: bytes) -> bytes:
    """Return a header of version 2 that ends by its checksum."""
    header = block(0x21, family, body + tlv(3, bytes(4)))
    return header[:-4] + struct.pack("!I", crc32c(header))


def parsed(data: bytes) -> tuple[ProxyHeader | None, int]:
    parser = HeaderParser()
    taken = parser.receive(data)
    return parser.header, taken


def header_of(data: bytes) -> ProxyHeader:
    header, taken = parsed(data)
    assert header is not None
    assert taken == len(data)
    return header


TLS = (
    struct.pack("!BI", 7, 0) + tlv(0x21, b"TLSv1.3") + tlv(0x22, "Zoë".encode()) + tlv(0x23, b"TLS_AES_128_GCM_SHA256")
)

VALID = {
    b"PROXY TCP4 192.0.2.1 198.51.100.2 56324 443\r\n": (("192.0.2.1", 56324), ("198.51.100.2", 443)),
    b"PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n": (
        ("255.255.255.255", 65535),
        ("255.255.255.255", 65535),
    ),
    b"PROXY TCP4 192.0.2.1 198.51.100.2 0 0\r\n": (("192.0.2.1", 0), ("198.51.100.2", 0)),
    b"PROXY TCP6 2001:DB8::1 ::1 1 2\r\n": (("2001:db8::1", 1, 0, 0), ("::1", 2, 0, 0)),
    b"PROXY TCP6 2001:0db8:0:0:0:0:0:1 ::ffff:192.0.2.1 1 2\r\n": (
        ("2001:db8::1", 1, 0, 0),
        ("::ffff:192.0.2.1", 2, 0, 0),
    ),
    b"PROXY UNKNOWN\r\n": (None, None),
    b"PROXY UNKNOWN ffff:f...f:ffff anything at all 65535\r\n": (None, None),
    block(0x21, 0x11, INET): (("192.0.2.1", 56324), ("198.51.100.2", 443)),
    block(0x21, 0x12, INET): (("192.0.2.1", 56324), ("198.51.100.2", 443)),
    block(0x21, 0x21, INET6): (("2001:db8::1", 1, 0, 0), ("::1", 65535, 0, 0)),
    block(0x21, 0x22, INET6): (("2001:db8::1", 1, 0, 0), ("::1", 65535, 0, 0)),
    block(0x21, 0x31, b"/run/client".ljust(108, b"\0") + b"\0abstract".ljust(108, b"\0")): (
        "/run/client",
        "\0abstract",
    ),
    block(0x21, 0x32, bytes(216)): ("", ""),
    block(0x21, 0x31, b"a" * 108 + b"b" * 108): ("a" * 108, "b" * 108),
    block(0x21, 0x00, b""): (None, None),
    # The transport is unspecified, so the addresses are to be ignored.
    block(0x21, 0x10, INET): (None, None),
    block(0x20, 0x00, b""): (None, None),
    block(0x20, 0x11, INET): (None, None),
    # Nothing that comes with LOCAL is looked at.
    block(0x20, 0xFF, b"anything"): (None, None),
    # Nor addresses of a family that nobody knows.
    block(0x21, 0x00, b"\1\2\3\4"): (None, None),
}


@pytest.mark.parametrize("data", VALID)
def test_valid_header_is_read(data: bytes) -> None:
    header = header_of(data)
    assert (header.source, header.destination) == VALID[data]
    assert header.version == (1 if data.startswith(b"PROXY") else 2)
    assert header.command == ("LOCAL" if data[12:13] == b"\x20" else "PROXY")
    assert header.tlvs == ()
    assert header.tls is None


def test_longest_line_of_the_text_is_read() -> None:
    longest = b"PROXY UNKNOWN " + b"f" * (LONGEST_LINE - 16) + b"\r\n"
    assert header_of(longest).source is None


@pytest.mark.parametrize("data", VALID)
def test_bytes_behind_a_header_are_left(data: bytes) -> None:
    header, taken = parsed(data + data)
    assert (header, taken) == (header_of(data), len(data))


@pytest.mark.parametrize("data", VALID)
def test_header_that_wants_more_never_wants_what_is_behind_it(data: bytes) -> None:
    parser = HeaderParser()
    given_so_far = 0
    while parser.header is None:
        assert parser.wants
        assert given_so_far + parser.wants <= len(data)
        piece = data[given_so_far : given_so_far + parser.wants]
        assert parser.receive(piece) == len(piece)
        given_so_far += len(piece)
    assert parser.wants == 0
    assert given_so_far == len(data)


@pytest.mark.parametrize("data", VALID)
def test_half_a_header_is_no_header(data: bytes) -> None:
    for size in range(len(data)):
        assert parsed(data[:size]) == (None, size)


REFUSED = [
    b"GET / HTTP/1.1\r\n",
    b"\x16\x03\x01\x02\x00",
    b"\0",
    b"proxy TCP4 192.0.2.1 198.51.100.2 56324 443\r\n",
    b"PROXY tcp4 192.0.2.1 198.51.100.2 56324 443\r\n",
    b"PROXY\tTCP4 192.0.2.1 198.51.100.2 56324 443\r\n",
    b"PROXY  TCP4 192.0.2.1 198.51.100.2 56324 443\r\n",
    b"PROXY TCP4  192.0.2.1 198.51.100.2 56324 443\r\n",
    b"PROXY TCP4 192.0.2.1 198.51.100.2 56324 443 \r\n",
    b"PROXY TCP4 192.0.2.1 198.51.100.2 56324 443\n",
    b"PROXY TCP4 192.0.2.1 198.51.100.2 56324 443\r\r\n",
    b"PROXY TCP4 192.0.2.1 198.51.100.2 56324 443 extra\r\n",
    b"PROXY TCP4 192.0.2.1 198.51.100.2 56324\r\n",
    b"PROXY TCP4 192.0.2.01 198.51.100.2 56324 443\r\n",
    b"PROXY TCP4 192.0.2.1 198.51.100 56324 443\r\n",
    b"PROXY TCP4 192.0.2.256 198.51.100.2 56324 443\r\n",
    b"PROXY TCP4 localhost 198.51.100.2 56324 443\r\n",
    b"PROXY TCP4 192.0.2.1\0 198.51.100.2 56324 443\r\n",
    b"PROXY TCP4 ::1 ::1 56324 443\r\n",
    b"PROXY TCP6 192.0.2.1 198.51.100.2 56324 443\r\n",
    b"PROXY TCP6 fe80::1%lo ::1 56324 443\r\n",
    b"PROXY TCP6 [::1] ::1 56324 443\r\n",
    b"PROXY TCP6 ::1::2 ::1 56324 443\r\n",
    b"PROXY TCP4 192.0.2.1 198.51.100.2 056324 443\r\n",
    b"PROXY TCP4 192.0.2.1 198.51.100.2 00 443\r\n",
    b"PROXY TCP4 192.0.2.1 198.51.100.2 65536 443\r\n",
    b"PROXY TCP4 192.0.2.1 198.51.100.2 -1 443\r\n",
    b"PROXY TCP4 192.0.2.1 198.51.100.2 +1 443\r\n",
    b"PROXY TCP4 192.0.2.1 198.51.100.2 1_0 443\r\n",
    b"PROXY TCP4 192.0.2.1 198.51.100.2 \xd9\xa1 443\r\n",
    b"PROXY TCP4 192.0.2.1 198.51.100.2 99999999999999 443\r\n",
    b"PROXY UNKNOWNS\r\n",
    b"PROXY UNIX a b\r\n",
    b"PROXY \r\n",
    b"PROXY \n     ",
    b"PROXY UNKNOWN " + b"f" * (LONGEST_LINE - 15) + b"\r\n",
    b"PROXY UNKNOWN " + b"f" * 200,
    PREFIX[:-1] + b"\r",
    block(0x11, 0x11, INET),
    block(0x31, 0x11, INET),
    block(0x22, 0x11, INET),
    block(0x2F, 0x11, INET),
    block(0x21, 0x13, INET),
    block(0x21, 0x41, INET),
    block(0x21, 0xF1, INET),
    block(0x21, 0x11, INET[:-1]),
    block(0x21, 0x21, INET),
    block(0x21, 0x31, INET6),
    block(0x21, 0x11, b""),
    block(0x21, 0x11, INET + b"\1"),
    block(0x21, 0x11, INET + b"\1\0"),
    block(0x21, 0x11, INET + b"\1\0\1"),
    block(0x21, 0x11, INET + tlv(1, b"h2") + b"\2\xff\xff"),
    block(0x21, 0x11, INET + tlv(1, b"h2") + tlv(1, b"h2")),
    block(0x21, 0x11, INET + tlv(5, b"x" * 129)),
    block(0x21, 0x11, INET + tlv(3, bytes(4))),
    block(0x21, 0x11, INET + tlv(3, b"")),
    block(0x21, 0x11, INET + tlv(0x20, b"")),
    block(0x21, 0x11, INET + tlv(0x20, b"\1\0\0\0")),
    block(0x21, 0x11, INET + tlv(0x20, TLS + b"\x21")),
    block(0x21, 0x11, INET + tlv(0x20, TLS + tlv(0x22, b"another"))),
    block(0x21, 0x11, INET + tlv(0x20, struct.pack("!BI", 7, 0) + tlv(0x22, b"\xff"))),
    block(0x21, 0x11, INET + tlv(0x20, TLS) + tlv(0x20, TLS)),
    block(0x21, 0x11, INET + tlv(0x20, TLS) + tlv(3, b"\1\2\3\4")),
]


@pytest.mark.parametrize("data", REFUSED)
def test_what_is_no_header_is_refused(data: bytes) -> None:
    with pytest.raises(HeaderError):
        parsed(data)


@pytest.mark.parametrize("data", [b"G", b"\x16", b"PX", b"\r\n\r\nQ", b"\0"])
def test_first_byte_that_differs_is_refused_at_once(data: bytes) -> None:
    with pytest.raises(HeaderError, match="it began with"):
        parsed(data)


def test_line_is_refused_as_soon_as_it_is_too_long() -> None:
    parser = HeaderParser()
    assert parser.receive(b"PROXY UNKNOWN " + b"f" * (LONGEST_LINE - 15)) == LONGEST_LINE - 1
    with pytest.raises(HeaderError, match="107"):
        parser.receive(b"f")


def test_checksum_is_that_of_the_standard() -> None:
    # RFC 3720, B.4.
    assert crc32c(bytes(32)) == 0x8A9136AA
    assert crc32c(bytes(range(32))) == 0x46DD794E
    assert crc32c(b"123456789") == 0xE3069283


def test_checksum_is_compared() -> None:
    data = with_checksum(0x11, INET + tlv(1, b"h2"))
    assert dict(header_of(data).tlvs)[1] == b"h2"
    # Whatever changes, but for the kind of the checksum itself.
    for at in {*range(16, len(data))} - {len(data) - 7}:
        with pytest.raises(HeaderError):
            header_of(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])


def test_fields_are_given_in_their_order_and_without_padding() -> None:
    unique = b"\x01\x02"
    header = header_of(
        block(0x21, 0x11, INET + tlv(4, b"xxx") + tlv(5, unique) + tlv(0xE0, b"own") + tlv(0xE0, b"") + tlv(4, b""))
    )
    assert header.tlvs == ((5, unique), (0xE0, b"own"), (0xE0, b""))


@pytest.mark.parametrize("family", [0x00, 0x11])
def test_what_the_proxy_says_of_tls_is_a_value(family: int) -> None:
    header = header_of(block(0x21, family, (INET if family else b"") + tlv(0x20, TLS + tlv(0x24, b"\xff"))))
    assert header.tls == ProxiedTLS(
        version="TLSv1.3",
        client_certificate=True,
        verified=True,
        common_name="Zoë",
        cipher="TLS_AES_128_GCM_SHA256",
    )
    assert [kind for kind, _ in header.tlvs] == [0x20]


@pytest.mark.parametrize(
    ("client", "verify", "certificate", "verified"),
    [(1, 0, False, False), (3, 0, True, True), (5, 0, True, True), (3, 1, True, False), (1, 18, False, False)],
)
def test_certificate_is_verified_only_if_there_is_one(
    client: int, verify: int, certificate: bool, verified: bool
) -> None:
    header = header_of(block(0x21, 0x11, INET + tlv(0x20, struct.pack("!BI", client, verify))))
    assert header.tls is not None
    assert header.tls.client_certificate is certificate
    assert header.tls.verified is verified
    assert header.tls.version == ""
    assert header.tls.common_name is None


def test_client_without_tls_has_none() -> None:
    assert header_of(block(0x21, 0x11, INET + tlv(0x20, struct.pack("!BI", 0, 0)))).tls is None


def test_longest_block_is_read_in_single_bytes() -> None:
    data = with_checksum(0x11, INET + b"".join(tlv(0xE0, b"x" * 250) for _ in range(258)))
    parser = HeaderParser()
    for at in range(len(data)):
        assert parser.receive(data[at : at + 1]) == 1
    assert parser.header is not None


headers = st.sampled_from(
    [*VALID, with_checksum(0x21, INET6 + tlv(0x20, TLS)), block(0x21, 0x11, INET + tlv(0x20, TLS))]
)


@settings(max_examples=300, deadline=None)
@given(data=headers, behind=st.binary(max_size=40), cuts=st.lists(st.integers(0, 300), max_size=10))
def test_header_is_the_same_in_whatever_pieces_it_comes(data: bytes, behind: bytes, cuts: list[int]) -> None:
    whole = data + behind
    bounds = [0, *sorted({min(cut, len(whole)) for cut in cuts}), len(whole)]
    parser = HeaderParser()
    taken = sum(parser.receive(whole[start:end]) for start, end in pairwise(bounds))
    assert parser.header == header_of(data)
    assert taken == len(data)


def outcome(data: bytes, size: int) -> tuple[ProxyHeader | None, int] | str:
    """Return what becomes of bytes that come in pieces of one size."""
    parser = HeaderParser()
    taken = 0
    try:
        for start in range(0, len(data), size):
            taken += parser.receive(data[start : start + size])
    except HeaderError:
        return "refused"
    return parser.header, taken


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    data = bytearray(draw(headers))
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(data)))
        data[at : at + draw(st.integers(0, 2))] = draw(st.binary(max_size=3))
    return bytes(data)


@settings(max_examples=500, deadline=None)
@given(data=damaged() | st.binary(max_size=200) | st.binary(max_size=120).map(lambda rest: b"PROXY TCP4 " + rest))
@example(b"PROXY UNKNOWN\r\n")
def test_any_bytes_are_a_header_or_refused_and_pieces_change_nothing(data: bytes) -> None:
    whole = outcome(data, len(data) or 1)
    assert outcome(data, 1) == whole
    assert outcome(data, 7) == whole
    if isinstance(whole, tuple) and whole[0] is not None:
        # What is behind a header has no part in it.
        assert parsed(data[: whole[1]])[0] == whole[0]
