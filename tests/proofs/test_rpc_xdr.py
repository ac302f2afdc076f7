"""Any bytes for compiled decoders, and any text for the compiler: by Hypothesis and by atheris, for FUZZING_SECONDS."""

import importlib.util
import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path, PurePath
from typing import Final

import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

import typedserver
from tests.rpc_values import SOURCES, Of, Values, types_of
from typedserver.rpc import xdr
from typedserver.rpc.compiler.compiling import module_of
from typedserver.rpc.compiler.lexer import CompileError, Place
from typedserver.rpc.compiler.preprocessor import Preprocessor

SECONDS: Final = float(os.environ.get("FUZZING_SECONDS", "60"))
pytestmark = pytest.mark.timeout(SECONDS + 120)

FUZZER: Final = Path(__file__).with_name("fuzz_rpc_xdr.py")
TYPES: Final = [of for source in SOURCES for of in types_of(source)]
WORDS: Final = sorted({word for source in SOURCES for word in source.read_text().split()})


@st.composite
def damaged(draw: st.DrawFn) -> tuple[Of, bytes]:
    """Bytes that begin as a value of some type, with some of them changed, cut out or put in."""
    of = draw(st.sampled_from(TYPES))
    data = bytearray(Values(of.source, draw(st.integers(0, 10_000))).make(of.named)[0])
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(data)))
        put = draw(st.binary(max_size=8) | st.integers(0, 2**32 - 1).map(lambda number: number.to_bytes(4, "big")))
        data[at : at + draw(st.integers(0, 8))] = put
    return of, bytes(data)


def _is_a_value_or_refused(drawn: tuple[Of, bytes]) -> None:
    of, data = drawn
    try:
        value = xdr.from_bytes(of.decode, data)
    except xdr.XDRError as error:
        str(error)
        return
    assert xdr.to_bytes(of.encode, value) == data or "nan" in repr(value)


def test_any_bytes_are_a_value_or_refused() -> None:
    deadline = time.monotonic() + SECONDS
    number = 0
    any_bytes = st.tuples(st.sampled_from(TYPES), st.binary(max_size=200))
    while time.monotonic() < deadline:
        run = given(damaged() | any_bytes)(_is_a_value_or_refused)
        seed(number)(settings(max_examples=2_000, deadline=None, database=None)(run))()
        number += 1
    print(f"{number} runs of 2,000 examples")


def test_any_text_is_compiled_or_refused_with_a_place(tmp_path: Path) -> None:
    deadline = time.monotonic() + SECONDS
    chance = random.Random(0)
    sources = [source.read_text() for source in SOURCES]
    compiled = refused = 0
    path = tmp_path / "given.x"
    places: set[PurePath] = set()
    while time.monotonic() < deadline:
        words = chance.choice(sources).split(" ")
        start = chance.randrange(len(words))
        words = words[start : start + chance.choice([10, 100, 1000])] if chance.random() < 0.3 else words
        for _ in range(chance.randint(0, 3)):
            at = chance.randint(0, len(words))
            words[at : at + chance.randint(0, 2)] = [chance.choice(WORDS)] * chance.randint(0, 2)
        try:
            text = module_of("given.x", Preprocessor().tokens(path, " ".join(words)), Place(path, 1, 1), 88, "a.rpc")
        except CompileError as error:
            places.add(error.place.file)
            refused += 1
        else:
            compile(text, "given.py", "exec")
            compiled += 1
    print(f"{compiled} compiled, {refused} refused")
    assert compiled
    assert places == {path}


def test_fuzzer_that_sees_the_coverage_finds_nothing(tmp_path: Path) -> None:
    # An interpreter of its own, because atheris has no place among what we depend on.
    python = os.environ.get("ATHERIS_PYTHON") or (sys.executable if importlib.util.find_spec("atheris") else None)
    if python is None or shutil.which(python) is None:
        pytest.skip("there is no atheris: name a Python that has it in ATHERIS_PYTHON")
    source = Path(typedserver.__file__).parent.parent
    run = subprocess.run(
        [python, str(FUZZER), f"-max_total_time={SECONDS:.0f}", "-max_len=400", str(tmp_path)],
        env={**os.environ, "PYTHONPATH": f"{source}:{FUZZER.parents[2]}"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-4000:]
    print(run.stderr[-200:])
