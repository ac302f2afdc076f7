"""Takes the PROXY protocol's header, whose connection a proxy passes on, out of bytes that come in any pieces.

Versions 1 and 2, by haproxy's doc/proxy-protocol.txt. It takes no byte that comes behind the header, and refuses
whatever the text does not allow: a header decides for whom its sender is taken, so two readers must never understand it
in two ways. Nothing here knows a socket.
"""

import socket
from typing import Final

from typedserver.protocols.proxied import ProxyHeader
from typedserver.recipes import MOST_SHOWN, shown
from typedserver.security.proxy_block import BLOCK_PREFIX, FIXED, HeaderError, check_fixed, inet_address, read_block

_LINE_PREFIX: Final = b"PROXY "

# 2.1: "a 107-bytes buffer is always enough" for a line, with its end.
LONGEST_LINE: Final = 107

_HIGHEST_PORT: Final = 65_535


class HeaderParser:
    """Takes one header, in any pieces.

    wants: how many further bytes belong to the header in any case, so that as many may be received; 0 once it is whole.
    is_line: whether it is version 1's: all up to the end of the line belongs to it, in ``LONGEST_LINE`` bytes at most.
    header: the header, once it is whole.
    """

    __slots__ = ("_received", "_stage", "header", "is_line", "wants")

    def __init__(self) -> None:
        self._received = bytearray()
        # Up to which size nothing new can be said of it: its prefix, then the fixed part with its length, then all.
        self._stage = len(BLOCK_PREFIX)
        self.wants: int = self._stage
        self.is_line: bool = False
        self.header: ProxyHeader | None = None

    def receive(self, data: bytes, /) -> int:
        """Take what belongs to the header, and return how many bytes that is; raises HeaderError, as soon as it can."""
        taken = 0
        while self.header is None and taken < len(data):
            most = LONGEST_LINE - len(self._received) if self.is_line else self.wants
            end = data.find(b"\n", taken, taken + most) + 1 if self.is_line else 0
            piece = data[taken : end or taken + most]
            self._received += piece
            taken += len(piece)
            if self.is_line:
                self._proceed_with_line()
            else:
                self._proceed()
        return taken

    def _proceed_with_line(self) -> None:
        received = self._received
        if received.endswith(b"\n"):
            self.header = _line(bytes(received))
            self.wants = 0
        elif len(received) >= LONGEST_LINE:
            raise HeaderError(f"it began a line of more than {LONGEST_LINE} bytes")
        else:
            self.wants = 1

    def _proceed(self) -> None:
        received = self._received
        size = len(received)
        if size <= len(BLOCK_PREFIX):
            beginning = bytes(received)
            if beginning.startswith(_LINE_PREFIX):
                # The shortest line is longer than the other version's prefix.
                if b"\n" in beginning:
                    raise HeaderError(f"it began with {shown(beginning)}")
                self.is_line = True
                self._proceed_with_line()
                return
            # Found at once, because who speaks another protocol may wait for an answer.
            if not (BLOCK_PREFIX.startswith(beginning) or _LINE_PREFIX.startswith(beginning)):
                raise HeaderError(f"it began with {shown(beginning)}")
        if size == self._stage:
            if size == len(BLOCK_PREFIX):
                self._stage = FIXED
            elif size == FIXED:
                check_fixed(received)
                self._stage = FIXED + int.from_bytes(received[-2:], "big")
            if size == self._stage:
                self.header = read_block(bytes(received))
        self.wants = self._stage - size


def _line(line: bytes) -> ProxyHeader:
    """Read a whole line, such as "PROXY TCP4 192.0.2.1 192.0.2.2 65535 443" with CR and LF; raises HeaderError."""
    text = line[len(_LINE_PREFIX) : -2]
    if not line.endswith(b"\r\n") or b"\r" in text:
        raise HeaderError(f"its line {_brief(line)} does not end by CR LF")
    if text == b"UNKNOWN" or text.startswith(b"UNKNOWN "):
        # 2.1: what stands behind it must be ignored.
        return ProxyHeader(version=1, command="PROXY")
    words = text.split(b" ")
    families = {b"TCP4": socket.AF_INET, b"TCP6": socket.AF_INET6}
    if len(words) != 5 or words[0] not in families:  # noqa: PLR2004 - the protocol and two addresses with their ports
        raise HeaderError(f"its line {_brief(line)} is not a family with two addresses and two ports")
    family = families[words[0]]
    hosts = [_host(family, word) for word in words[1:3]]
    source, destination = map(inet_address, hosts, map(_port, words[3:]))
    return ProxyHeader(version=1, command="PROXY", source=source, destination=destination)


def _host(family: int, word: bytes) -> bytes:
    try:
        # It takes neither leading zeros nor a scope, and a name not at all.
        return socket.inet_pton(family, word.decode("ascii"))
    except (OSError, ValueError):
        raise HeaderError(f"{_brief(word)} is no address of its family") from None


def _port(word: bytes) -> int:
    # Not int() alone, which takes signs, spaces, underscores and the digits of all scripts.
    if word.isdigit() and (word == b"0" or not word.startswith(b"0")) and len(word) <= 5:  # noqa: PLR2004 - 65535
        port = int(word)
        if port <= _HIGHEST_PORT:
            return port
    raise HeaderError(f"{_brief(word)} is no port")


def _brief(data: bytes) -> str:
    return shown(data[:MOST_SHOWN])
