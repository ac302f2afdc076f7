"""Where the C programs of this folder are built, and when. It knows the compiler, and nothing of what they measure."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "build" / "benchmarks"
FLAGS = ("-O2", "-Wall", "-Wextra")


class BuildError(Exception):
    """A C program could not be built; the message names the remedy."""


def compile_program(name: str, folder: Path = BUILD, *flags: str) -> Path:
    """Build ``benchmarks/NAME.c`` if its source is newer than the program; returns the program."""
    source = Path(__file__).with_name(f"{name}.c")
    program = folder / name
    if program.exists() and program.stat().st_mtime > source.stat().st_mtime and not flags:
        return program
    compiler = os.environ.get("CC") or shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        raise BuildError("there is no C compiler: install gcc (Debian: apt-get install gcc libc6-dev), or set CC")
    folder.mkdir(parents=True, exist_ok=True)
    # Renamed when it is whole: another run may want it at the same moment.
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        made = Path(scratch) / name
        command = [compiler, *FLAGS, *flags, "-o", str(made), str(source)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise BuildError(f"{' '.join(command)} failed:\n{done.stderr}")
        made.replace(program)
    return program
