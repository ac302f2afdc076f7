"""What it costs to encode and to decode a page of a directory: READDIRPLUS of NFS, 100 entries, by compiled codecs.

``python -m benchmarks.xdr``: beside codecs by hand on xdrlib, which standard-xdrlib (PyPI) continues. Both have the
same values and the same bytes, and take turns. The ratio is of a round's own times.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from typing import Final

from examples.protocols import nfs3

from benchmarks.ratios import ratios, spread
from benchmarks.tables import table
from benchmarks.xdr_peers import Page, by_hand
from typedserver.rpc import xdr

# Calls of each at a time: some milliseconds, so that a machine that becomes slower does so for all.
_CALLS: Final = 5


def page(entries: int) -> Page:
    """Return a page of so many files with their attributes and handles."""
    when = nfs3.Nfstime3(1_700_000_000, 123_456_789)
    none = nfs3.Specdata3(0, 0)
    attributes = nfs3.PostOpAttrTrue(
        nfs3.Fattr3(nfs3.Ftype3.NF3REG, 0o644, 1, 1000, 1000, 12_345, 16_384, none, 77, 991, when, when, when)
    )
    handle = nfs3.PostOpFh3True(nfs3.NfsFh3(bytes(range(32))))
    listed = tuple(
        nfs3.Entryplus3(1000 + number, f"file-{number:04}.txt", number + 1, attributes, handle)
        for number in range(entries)
    )
    return Page(nfs3.READDIRPLUS3resok(attributes, b"verifier", nfs3.Dirlistplus3(listed, eof=True)))


def subjects(entries: int) -> dict[str, tuple[Callable[[], object], Callable[[], object]]]:
    """Return what encodes and what decodes a page, by each name; all were tried once and agree."""
    made = page(entries)
    data = xdr.to_bytes(nfs3.encode_readdirplus3res, made)
    ours = (
        lambda: xdr.to_bytes(nfs3.encode_readdirplus3res, made),
        lambda: xdr.from_bytes(nfs3.decode_readdirplus3res, data),
    )
    hand = by_hand(made, data)
    assert ours[0]() == hand[0]() == data
    assert ours[1]() == hand[1]() == made
    return {"compiled": ours, "xdrlib, by hand": hand}


def compare(entries: int, rounds: int) -> dict[str, tuple[list[float], list[float]]]:
    """Return the seconds of processor time of an encoding and of a decoding, in each round, by name."""
    given = subjects(entries)
    found: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in given}
    for _ in range(rounds):
        for name, ways in given.items():
            for way, series in zip(ways, found[name], strict=True):
                begun = time.thread_time()
                for _ in range(_CALLS):
                    way()
                series.append((time.thread_time() - begun) / _CALLS)
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.xdr", description=__doc__)
    parser.add_argument("--entries", type=int, default=100, help="of the page")
    parser.add_argument("--rounds", type=int, default=100)
    options = parser.parse_args(arguments)
    found = compare(options.entries, options.rounds)
    ours = found["compiled"]

    def cells(name: str) -> list[str]:
        encoding, decoding = found[name]
        both = [one + other for one, other in zip(encoding, decoding, strict=True)]
        our_both = [one + other for one, other in zip(*ours, strict=True)]
        times = [str(spread(value * 1e6 for value in series)) for series in (encoding, decoding)]
        over = (ratios(encoding, ours[0]), ratios(decoding, ours[1]), ratios(both, our_both))
        return [name, *times, *(str(each) for each in over)]

    titles = ["codecs", "encode, µs", "decode, µs", "x encode", "x decode", "x both"]
    for line in table(titles, [cells(name) for name in found]):
        print(line)


if __name__ == "__main__":
    main()
