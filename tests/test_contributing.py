"""CONTRIBUTING.md: a strategy that is added as it says passes the tests that it says."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "CONTRIBUTING.md").read_text()


def inserted(path: Path, line: str, before: str) -> None:
    """Put a line before another one of a file."""
    text = path.read_text()
    assert text.count(before) == 1, before
    path.write_text(text.replace(before, line + before))


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the tree after the first three steps."""
    for folder in ("src", "tests", "examples", "docs"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / file, tmp_path)
    [code] = re.findall(r"^```python\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)
    [step] = re.findall(r"Save it as `(.*)`", TEXT)
    (tmp_path / step).write_text(code)
    module = step.removeprefix("src/").removesuffix(".py").replace("/", ".")
    package = tmp_path / "src" / "typedserver" / "__init__.py"
    line = f"    from {module} import FreshThreads as FreshThreads\n"
    inserted(package, line, "    from typedserver.strategies.inline ")
    inserted(package, '    "FreshThreads",\n', '    "Group",\n')
    place = module.removeprefix("typedserver.")
    inserted(package.with_name("_exported.py"), f'    "FreshThreads": "{place}",\n', '    "Group": ')
    [row] = re.findall(r"`tests/matrix.py`: `(.*)`\.", TEXT)
    inserted(tmp_path / "tests" / "matrix.py", f"    {row}\n", "}\n# These take only handlers that are coroutines.")
    return tmp_path


# Seconds: it runs many tests, on a machine that may do other work.
@pytest.mark.timeout(400)
@pytest.mark.slow
def test_strategy_of_the_guide_keeps_to_the_plan_and_serves_the_matrix(tree: Path) -> None:
    command = [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", "-p", "no:xdist"]
    ended = subprocess.run(
        # The lines for mypy are of pairs that types exclude: this strategy has none.
        [
            *command,
            "-k",
            "(strategies or fresh_threads) and not mypy",
            "tests/test_architecture.py",
            "tests/test_matrix.py",
        ],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree / "src"), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout
    assert "::test_room_imports_lower_floors_only[strategies] PASSED" in ended.stdout
    assert re.search(r"::test_matrix_stream\[.*fresh_threads.*\] PASSED", ended.stdout)
    assert re.search(r"::test_matrix_datagram\[.*fresh_threads.*\] PASSED", ended.stdout)
