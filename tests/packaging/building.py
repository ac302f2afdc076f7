"""Builds the distributions by the hooks that a build front end calls (PEP 517, PEP 660), which needs no network."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

_BUILD = "import sys; from hatchling import build; print(getattr(build, sys.argv[1])(sys.argv[2]))"


def build(hook: str, folder: Path, *, tree: Path = ROOT, epoch: int | None = None) -> Path:
    """Build a wheel, an editable wheel or a source distribution into a folder; returns it.

    epoch: SOURCE_DATE_EPOCH, the time in it in seconds; None: as the environment has it.
    """
    times = {} if epoch is None else {"SOURCE_DATE_EPOCH": str(epoch)}
    command = [sys.executable, "-c", _BUILD, hook, str(folder)]
    built = subprocess.run(command, cwd=tree, env=os.environ | times, capture_output=True, text=True, check=True).stdout
    return folder / built.split()[-1]
