"""Version 2 of the PROXY protocol's header: addresses and further fields, in binary form.

By haproxy's doc/proxy-protocol.txt, 2.2. It is given whole headers; ``proxy_parser.py`` finds out where one ends.
"""

import os
import socket
import struct
from functools import cache
from typing import Final, Literal

from typedserver.protocols.proxied import ProxiedTLS, ProxyHeader
from typedserver.protocols.requests import Address, InetAddress

# It can be no beginning of HTTP, of a line, or of anything that a text protocol says.
BLOCK_PREFIX: Final = b"\r\n\r\n\0\r\nQUIT\n"

# How many bytes come before what the length counts.
FIXED: Final = len(BLOCK_PREFIX) + 4

_VERSION: Final = 2
_COMMANDS: Final[dict[int, Literal["LOCAL", "PROXY"]]] = {0: "LOCAL", 1: "PROXY"}
_UNSPECIFIED, _INET, _INET6, _UNIX = range(4)
_TRANSPORTS: Final = range(3)
_INET_ADDRESSES: Final = struct.Struct("!4s4sHH")
_INET6_ADDRESSES: Final = struct.Struct("!16s16sHH")
_UNIX_ADDRESSES: Final = struct.Struct("!108s108s")

# 2.2: the kinds of its fields (type, length, value).
TLV_ALPN: Final = 0x01
TLV_AUTHORITY: Final = 0x02
TLV_CRC32C: Final = 0x03
TLV_NOOP: Final = 0x04
TLV_UNIQUE_ID: Final = 0x05
TLV_SSL: Final = 0x20
TLV_SSL_VERSION: Final = 0x21
TLV_SSL_CN: Final = 0x22
TLV_SSL_CIPHER: Final = 0x23
_ONCE_EACH: Final = frozenset((TLV_ALPN, TLV_AUTHORITY, TLV_CRC32C, TLV_UNIQUE_ID, TLV_SSL))
_TLV: Final = struct.Struct("!BH")
_SSL: Final = struct.Struct("!BI")
_CRC: Final = struct.Struct("!I")
_LONGEST_UNIQUE_ID: Final = 128
_CLIENT_SSL: Final = 0x01
_CLIENT_CERTIFICATE: Final = 0x02 | 0x04


class HeaderError(ValueError):
    """What a peer has sent is no PROXY header; the message says what is wrong with it, as a clause."""


def inet_address(packed: bytes, port: int) -> InetAddress:
    """Return an address as accept(2) would have said it."""
    if len(packed) == 4:  # noqa: PLR2004 - bytes of an IPv4 address
        return socket.inet_ntop(socket.AF_INET, packed), port
    return socket.inet_ntop(socket.AF_INET6, packed), port, 0, 0


def check_fixed(fixed: bytes | bytearray) -> None:
    """Raise HeaderError if version, command, family and transport are none that the text lists."""
    version, command = fixed[12] >> 4, fixed[12] & 0x0F
    if version != _VERSION or command not in _COMMANDS:
        raise HeaderError(f"its version and command are {fixed[12]:#04x}")
    if fixed[12] & 0x0F and ((fixed[13] >> 4) > _UNIX or (fixed[13] & 0x0F) not in _TRANSPORTS):
        raise HeaderError(f"its family and transport are {fixed[13]:#04x}")


def read_block(header: bytes) -> ProxyHeader:
    """Read a whole header of version 2; raises HeaderError."""
    command = _COMMANDS[header[12] & 0x0F]
    if command == "LOCAL":
        # 2.2: the family and all behind the fixed part must be discarded.
        return ProxyHeader(version=2, command=command)
    family, transport = header[13] >> 4, header[13] & 0x0F
    size, source, destination = _addresses(family, header)
    try:
        tlvs = _tlvs(header, FIXED + size)
    except HeaderError:
        if family != _UNSPECIFIED:
            raise
        # Addresses of a kind that nobody knows may stand there, and are to be ignored.
        tlvs = []
    for kind in _ONCE_EACH:
        if sum(each == kind for each, _, _ in tlvs) > 1:
            raise HeaderError(f"its field {kind:#04x} comes twice")
    tls = None
    for kind, start, end in tlvs:
        if kind == TLV_CRC32C:
            _check_crc(header, start, end)
        elif kind == TLV_UNIQUE_ID and end - start > _LONGEST_UNIQUE_ID:
            raise HeaderError(f"its unique id is longer than {_LONGEST_UNIQUE_ID} bytes")
        elif kind == TLV_SSL:
            tls = _tls(header[start:end])
    known = family != _UNSPECIFIED and transport
    return ProxyHeader(
        version=2,
        command=command,
        source=source if known else None,
        destination=destination if known else None,
        tlvs=tuple((kind, header[start:end]) for kind, start, end in tlvs if kind != TLV_NOOP),
        tls=tls,
    )


def _addresses(family: int, header: bytes) -> tuple[int, Address | None, Address | None]:
    """Return how many bytes the addresses take, and both of them."""
    if family == _UNSPECIFIED:
        return 0, None, None
    layout = {_INET: _INET_ADDRESSES, _INET6: _INET6_ADDRESSES, _UNIX: _UNIX_ADDRESSES}[family]
    if len(header) < FIXED + layout.size:
        raise HeaderError(f"its length {len(header) - FIXED} has no room for addresses of its family")
    fields: tuple[bytes, ...] = layout.unpack_from(header, FIXED)
    if family == _UNIX:
        return layout.size, _unix(fields[0]), _unix(fields[1])
    source, destination, source_port, destination_port = layout.unpack_from(header, FIXED)
    return layout.size, inet_address(source, source_port), inet_address(destination, destination_port)


def _unix(path: bytes) -> str:
    """Return a Unix address as accept(2) would have said it: an abstract one keeps its first NUL."""
    if path.startswith(b"\0"):
        # How long an abstract name is, a header does not say.
        return os.fsdecode(path.rstrip(b"\0"))
    return os.fsdecode(path.partition(b"\0")[0])


def _tlvs(data: bytes, start: int) -> list[tuple[int, int, int]]:
    """Return kind, start and end of each field; raises HeaderError if one reaches beyond the end."""
    found: list[tuple[int, int, int]] = []
    while start < len(data):
        if start + _TLV.size > len(data):
            raise HeaderError("its last field is cut off")
        kind, size = _TLV.unpack_from(data, start)
        start += _TLV.size
        if start + size > len(data):
            raise HeaderError(f"its field {kind:#04x} of {size} bytes reaches beyond the header's end")
        found.append((kind, start, start + size))
        start += size
    return found


def _tls(value: bytes) -> ProxiedTLS | None:
    if len(value) < _SSL.size:
        raise HeaderError("what it says of TLS is cut off")
    client, verify = _SSL.unpack_from(value)
    said: dict[int, str] = {}
    for kind, start, end in _tlvs(value, _SSL.size):
        if kind in said:
            raise HeaderError(f"its field {kind:#04x} comes twice")
        try:
            said[kind] = value[start:end].decode()
        except UnicodeDecodeError:
            # Those of other kinds are in the value itself, for who knows them.
            if kind in {TLV_SSL_VERSION, TLV_SSL_CN, TLV_SSL_CIPHER}:
                raise HeaderError(f"its field {kind:#04x} is no text") from None
    if not client & _CLIENT_SSL:
        return None
    shown_one = bool(client & _CLIENT_CERTIFICATE)
    return ProxiedTLS(
        version=said.get(TLV_SSL_VERSION, ""),
        client_certificate=shown_one,
        # It is 0 also if the client had none to show.
        verified=shown_one and verify == 0,
        common_name=said.get(TLV_SSL_CN),
        cipher=said.get(TLV_SSL_CIPHER),
    )


def _check_crc(header: bytes, start: int, end: int) -> None:
    if end - start != _CRC.size:
        raise HeaderError(f"its checksum has {end - start} bytes")
    said = _CRC.unpack_from(header, start)[0]
    computed = crc32c(header[:start] + bytes(_CRC.size) + header[end:])
    if said != computed:
        raise HeaderError(f"its checksum is {said:#010x}, and that of what has come {computed:#010x}")


@cache
def _crc_table() -> tuple[int, ...]:
    table: list[int] = []
    for byte in range(256):
        remainder = byte
        for _ in range(8):
            remainder = remainder >> 1 ^ (0x82F63B78 if remainder & 1 else 0)
        table.append(remainder)
    return tuple(table)


def crc32c(data: bytes) -> int:
    """Return the checksum CRC32c (RFC 4960, Appendix B), which zlib does not have."""
    table = _crc_table()
    remainder = 0xFFFFFFFF
    for byte in data:
        remainder = remainder >> 8 ^ table[(remainder ^ byte) & 0xFF]
    return remainder ^ 0xFFFFFFFF
