"""Fuzzes the parser of PROXY headers by coverage: ``python tests/proofs/fuzz_proxy_header.py -max_total_time=600``.

It needs atheris (PyPI), which only this program imports, and ``src`` in PYTHONPATH. Whatever the bytes are, they are a
header or refused, the same in any pieces, and no byte behind a header is taken.
"""

import struct
import sys

import atheris  # type: ignore[import-untyped, import-not-found, unused-ignore]  # pyright: ignore[reportMissingImports]  # see above

with atheris.instrument_imports():  # pyright: ignore[reportUnknownMemberType, reportAttributeAccessIssue]
    from typedserver.protocols.proxied import ProxyHeader
    from typedserver.security.proxy_block import BLOCK_PREFIX, HeaderError
    from typedserver.security.proxy_parser import LONGEST_LINE, HeaderParser

_LONGEST_BLOCK = 16 + 0xFFFF


def _outcome(data: bytes, size: int) -> tuple[ProxyHeader | None, int] | None:
    """Return the header and how many bytes it took, if any pieces of this size are one; None if they are refused."""
    parser = HeaderParser()
    taken = 0
    try:
        for start in range(0, len(data), size):
            taken += parser.receive(data[start : start + size])
    except HeaderError:
        return None
    assert taken <= (LONGEST_LINE if parser.is_line else _LONGEST_BLOCK)
    assert (parser.wants == 0) is (parser.header is not None)
    if parser.header is None:
        assert taken == len(data)
    return parser.header, taken


def check(data: bytes) -> None:
    """Parse bytes, and the same as the rest of a header that begins well."""
    kind, rest = data[:1], data[1:]
    if kind == b"\0":
        # Most of what a fuzzer finds by itself has not even a length that fits.
        rest = BLOCK_PREFIX + b"\x21" + rest[:1] + struct.pack("!H", len(rest[1:])) + rest[1:]
    elif kind == b"\1":
        rest = b"PROXY TCP4 " + rest
    elif kind == b"\2":
        rest = b"PROXY TCP6 " + rest
    whole = _outcome(rest, max(1, len(rest)))
    assert _outcome(rest, 1) == whole
    assert _outcome(rest, 5) == whole
    if whole is not None and whole[0] is not None:
        header, taken = whole
        assert _outcome(rest[:taken] + b"behind", 3) == (header, taken)
        repr(header)


if __name__ == "__main__":
    atheris.Setup(sys.argv, check)  # pyright: ignore[reportUnknownMemberType]
    atheris.Fuzz()  # pyright: ignore[reportUnknownMemberType]
