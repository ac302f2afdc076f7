"""The Dockerfile: its steps and its command, without Docker, in an environment of their own."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli import HANDLERS
from tests.packaging.building import ROOT
from tests.proofs.test_release import TOOLS, said
from tests.running import PATIENCE, ask

# Seconds: the network, and a machine that does other work.
pytestmark = pytest.mark.timeout(600)

DOCKERFILE = (ROOT / "Dockerfile").read_text()


def steps(instruction: str) -> list[str]:
    return re.findall(rf"^{instruction} (.*)$", DOCKERFILE, re.MULTILINE)


def test_dockerfile_is_clean_under_hadolint() -> None:
    assert said(TOOLS / "hadolint", "Dockerfile") == ""


def test_steps_of_the_dockerfile_make_what_its_command_runs(tmp_path: Path) -> None:
    [step] = steps("RUN")
    installed = tmp_path / "opt"
    # The image's folders, as they are here. Its tools are Debian's: sh, and a Python.
    command = step.replace("/source", str(ROOT)).replace("/opt/typedserver", str(installed))
    fresh = {"PATH": f"{Path(sys.executable).resolve().parent}:/usr/bin:/bin", "HOME": str(tmp_path)}
    made = subprocess.run(["sh", "-c", command], cwd=tmp_path, env=fresh, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    assert made.stdout.startswith("typedserver ")

    [entry] = map(json.loads, steps("ENTRYPOINT"))
    [default] = map(json.loads, steps("CMD"))
    [program] = entry
    program = str(installed / "bin" / program)
    fresh |= {"PATH": f"{installed / 'bin'}:{fresh['PATH']}"}
    assert (
        "usage: typedserver"
        in subprocess.run(
            [program, *default], cwd=tmp_path, env=fresh, capture_output=True, text=True, check=True
        ).stdout
    )

    (tmp_path / "app.py").write_text(HANDLERS)
    serve = [program, "serve", "app:upper", "--listen", "tcp://127.0.0.1:0"]
    with subprocess.Popen(serve, cwd=tmp_path, env=fresh, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        found = re.search(r"listening on tcp \S+:(\d+) ", process.stdout.readline())
        assert found
        assert ask(("127.0.0.1", int(found[1])), b"hello\n") == b"HELLO\n"
        [number] = steps("STOPSIGNAL")
        process.send_signal(signal.Signals[number])
        assert process.wait(PATIENCE) == 0


def test_install_refuses_a_folder_that_exists(tmp_path: Path) -> None:
    script = ROOT / "container" / "install.sh"
    refused = subprocess.run(
        ["sh", str(script), str(ROOT), str(tmp_path)], env=dict(os.environ), capture_output=True, text=True, check=False
    )
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr == f"{tmp_path} exists already: remove it, or name another folder\n"
