"""Debian's rpcgen as the judge: what it compiles to C decodes our values and encodes them to the same bytes.

And of bytes at random: what our decoders take, C's take too, and give back as they were.
"""

import os
import random
import re
import shutil
import struct
import subprocess
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from tests.rpc_values import SOURCES, Of, Values, types_of
from typedserver.rpc import xdr

SECONDS: Final = float(os.environ.get("FUZZING_SECONDS", "60"))
HERE: Final = Path(__file__).parent

# What only our compiler has: types that are declared where they are used.
OURS: Final = {"inline"}
# What libtirpc's xdr.h declares itself.
RENAMED: Final = {"nlm4": {"netobj": "nlm_netobj"}}
REFUSED: Final = 0xFFFFFFFE

pytestmark = pytest.mark.timeout(SECONDS + 300)
every_source = pytest.mark.parametrize(
    "source", [each for each in SOURCES if each.stem not in OURS], ids=lambda source: source.stem
)
Again = Callable[[int, bytes], "bytes | None"]


@contextmanager
def _oracle(source: Path, folder: Path) -> Generator[tuple[list[Of], Again]]:
    """Build and start C's codecs of a source; give the types, and what decodes and encodes the value of one in C."""
    for tool in ("rpcgen", "gcc"):
        assert shutil.which(tool), f"{tool} is needed: sh tests/install_clients.sh installs it"
    text = source.read_text()
    for old, new in RENAMED.get(source.stem, {}).items():
        text = re.sub(rf"\b{old}\b", new, text)
    (folder / "given.x").write_text(text)
    for header in source.parent.glob("*.xh"):
        shutil.copy(header, folder)
    for kind, target in (("-h", "given.h"), ("-c", "given_xdr.c")):
        subprocess.run(["rpcgen", "-N", "-C", kind, "-o", target, "given.x"], cwd=folder, check=True)
    types = list(types_of(source))
    names = [RENAMED.get(source.stem, {}).get(of.declared.name, of.declared.name) for of in types]
    (folder / "table.h").write_text("".join(f"ENTRY({name})\n" for name in names))
    subprocess.run(
        [
            *("gcc", "-w", "-O1", "-fsanitize=address"),
            *(f"-I{HERE / 'rpc_headers'}", "-I/usr/include/tirpc", "-I.", '-DHEADER="given.h"', '-DTABLE="table.h"'),
            *("-o", "oracle", str(HERE / "rpc_oracle.c"), "given_xdr.c", "-ltirpc"),
        ],
        cwd=folder,
        check=True,
    )
    # What a value that C refuses half way holds is C's affair.
    environment = {**os.environ, "ASAN_OPTIONS": "detect_leaks=0:allocator_may_return_null=1"}
    with subprocess.Popen(["./oracle"], cwd=folder, env=environment, stdin=-1, stdout=-1) as process:
        assert process.stdin
        assert process.stdout
        to, from_ = process.stdin, process.stdout

        def again(number: int, data: bytes) -> bytes | None:
            to.write(struct.pack(">II", number, len(data)) + data)
            to.flush()
            (length,) = struct.unpack(">I", from_.read(4))
            return None if length >= REFUSED else from_.read(length)

        yield types, again
        to.close()
        assert process.wait(10) == 0


@every_source
def test_c_encodes_our_values_to_the_same_bytes(source: Path, tmp_path: Path) -> None:
    with _oracle(source, tmp_path) as (types, again):
        for number, of in enumerate(types):
            values = Values(source, seed=number)
            for _ in range(200):
                expected, _ = values.make(of.named)
                data = xdr.to_bytes(of.encode, xdr.from_bytes(of.decode, expected))
                assert data == expected
                assert again(number, data) == data, of.declared.name


@every_source
def test_c_takes_what_our_decoders_take_of_changed_bytes(source: Path, tmp_path: Path) -> None:
    chance = random.Random(1)
    taken = tried = 0
    with _oracle(source, tmp_path) as (types, again):
        # Not from before, because the compiler may take as long.
        deadline = time.monotonic() + SECONDS / len(SOURCES)
        while time.monotonic() < deadline:
            for number, of in enumerate(types):
                changed = bytearray(Values(source, tried).make(of.named)[0])
                tried += 1
                if not changed:
                    continue
                changed[chance.randrange(len(changed))] = chance.choice([1, 2, 4, 127, 128, 255])
                value = _decoded(of, bytes(changed))
                if value is not None:
                    taken += 1
                    assert again(number, bytes(changed)) == bytes(changed), (of.declared.name, changed.hex())
    print(f"{source.stem}: {taken} of {tried} changed values taken")
    assert taken


def _decoded(of: Of, data: bytes) -> object:
    """Return a value if it is one that C has too: its strings end at a byte 0, and one NaN is all that Python gives."""
    try:
        value: object = xdr.from_bytes(of.decode, data)
    except xdr.XDRError:
        return None
    return None if r"\x00" in repr(value) or "nan" in repr(value) else value
