"""CPython's own test suite for ``socketserver``, from the interpreter that runs, against the drop-in."""

import importlib.util
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

# compat's source runs under the name socketserver, because CPython's test_all counts the names with that __module__.
_RUN = textwrap.dedent(
    """
    import sys, types, unittest
    import typedserver.compat

    path = typedserver.compat.__file__
    module = types.ModuleType("socketserver")
    module.__file__ = path
    sys.modules["socketserver"] = module
    with open(path, "rb") as source:
        exec(compile(source.read(), path, "exec"), vars(module))

    import test.support
    test.support.use_resources = ["network"]
    from test import test_socketserver
    assert test_socketserver.socketserver is module
    unittest.main(test_socketserver, argv=["test_socketserver", "-v"])
    """
)


@pytest.mark.slow
def test_cpythons_own_suite_passes(tmp_path: Path) -> None:
    if importlib.util.find_spec("test") is None or importlib.util.find_spec("test.test_socketserver") is None:
        pytest.skip(f"{sys.executable} comes without its test package: CPython's own suite was NOT run")
    ran = subprocess.run(
        [sys.executable, "-c", _RUN], cwd=tmp_path, capture_output=True, text=True, timeout=55, check=False
    )
    assert ran.returncode == 0, ran.stderr
    count = re.search(r"^Ran (\d+) tests", ran.stderr, re.MULTILINE)
    assert count is not None, ran.stderr
    assert int(count[1]) >= 27, ran.stderr
    assert "skipped" not in ran.stderr, ran.stderr
