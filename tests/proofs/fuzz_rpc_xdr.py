"""Fuzzes decoders that were compiled: ``python tests/proofs/fuzz_rpc_xdr.py -max_total_time=600``.

It needs atheris (PyPI), which only this program imports, and ``src`` and the tree in PYTHONPATH. The first byte of an
input says which type of tests/rpc_corpus/everything.x the rest is. Whatever the bytes are, they are a value that has
these bytes, or an XDRError; and they take no more memory than there is for each of them.
"""

import sys
import tracemalloc

import atheris  # type: ignore[import-untyped, import-not-found, unused-ignore]  # pyright: ignore[reportMissingImports]  # see above

with atheris.instrument_imports():  # pyright: ignore[reportUnknownMemberType, reportAttributeAccessIssue]
    from tests.rpc_values import CORPUS, types_of
    from typedserver.rpc import xdr

TYPES = list(types_of(CORPUS / "everything.x"))
# A decoded int is 32 bytes and a place of 8 in its tuple, for 4 bytes of input; a point is some 130 for 8. The rest is
# for errors, and for what CPython keeps.
BYTES_FOR_EACH = 60
BYTES_BESIDE = 100_000


def check(data: bytes) -> None:
    """Decode bytes, and encode what they are."""
    if not data:
        return
    of = TYPES[data[0] % len(TYPES)]
    tracemalloc.reset_peak()
    before = tracemalloc.get_traced_memory()[0]
    try:
        value = xdr.from_bytes(of.decode, data[1:])
    except xdr.XDRError as error:
        str(error)
        return
    finally:
        used = tracemalloc.get_traced_memory()[1] - before
        assert used <= BYTES_BESIDE + BYTES_FOR_EACH * len(data), (used, len(data))
    again = xdr.to_bytes(of.encode, value)
    assert again == data[1:] or "nan" in repr(value), (again, data)


def main() -> None:
    """Fuzz by the command line of libFuzzer."""
    tracemalloc.start()
    atheris.Setup(sys.argv, check)  # pyright: ignore[reportUnknownMemberType, reportAttributeAccessIssue]
    atheris.Fuzz()  # pyright: ignore[reportUnknownMemberType, reportAttributeAccessIssue]


if __name__ == "__main__":
    main()
