"""Any bytes for the parser of PROXY headers, by Hypothesis and by atheris: for a minute, or for FUZZING_SECONDS."""

import importlib.util
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

import typedserver
from tests.test_proxy_header import damaged, headers, outcome

SECONDS: Final = float(os.environ.get("FUZZING_SECONDS", "60"))
pytestmark = pytest.mark.timeout(SECONDS + 120)

FUZZER: Final = Path(__file__).with_name("fuzz_proxy_header.py")


def _agrees(data: bytes, behind: bytes, size: int) -> None:
    whole = outcome(data + behind, len(data + behind) or 1)
    assert outcome(data + behind, size) == whole
    if isinstance(whole, tuple) and whole[0] is not None:
        assert outcome((data + behind)[: whole[1]], 1) == whole


def test_any_bytes_are_a_header_or_refused_however_long_it_is_tried() -> None:
    deadline = time.monotonic() + SECONDS
    number = 0
    while time.monotonic() < deadline:
        run = given(damaged() | st.binary(max_size=300) | headers, st.binary(max_size=40), st.integers(1, 50))(_agrees)
        seed(number)(settings(max_examples=2_000, deadline=None, database=None)(run))()
        number += 1
    print(f"{number} runs of 2,000 examples")


def test_fuzzer_that_sees_the_coverage_finds_nothing(tmp_path: Path) -> None:
    # An interpreter of its own, because atheris has no place among what we depend on.
    python = os.environ.get("ATHERIS_PYTHON") or (sys.executable if importlib.util.find_spec("atheris") else None)
    if python is None or shutil.which(python) is None:
        pytest.skip("there is no atheris: name a Python that has it in ATHERIS_PYTHON")
    source = str(Path(typedserver.__file__).parent.parent)
    run = subprocess.run(
        [python, str(FUZZER), f"-max_total_time={SECONDS:.0f}", "-max_len=400", str(tmp_path)],
        env={**os.environ, "PYTHONPATH": source},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-4000:]
    print(run.stderr[-200:])
