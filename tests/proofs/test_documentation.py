"""What the documentation says of installing, building and searching, done on a machine that has nothing yet."""

import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import venv
from pathlib import Path
from typing import Final

import pytest

from tests.built_site import build
from tests.played import free_port, playing
from tests.running import PATIENCE
from tests.test_pages import TUTORIAL, answer, blocks, page

ROOT: Final = Path(__file__).parents[2]

# `make scanners` installs here what only the proofs need.
SCANNERS: Final = Path(os.environ.get("SCANNERS_VENV", ROOT / ".venv-scanners"))

# What a checkout has of the library and its documentation.
PARTS: Final = ("src", "stubs", "docs", "examples", "benchmarks", "website")
FILES: Final = ("pyproject.toml", "README.md", "LICENSE", "Makefile", "mkdocs.yml")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A copy of the tree without anything that was built in it."""
    folder = tmp_path / "source"
    folder.mkdir()
    for part in PARTS:
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    for name in FILES:
        shutil.copy(ROOT / name, folder)
    return folder


@pytest.fixture(autouse=True)
def quiet_pip(monkeypatch: pytest.MonkeyPatch) -> None:
    # A machine's own settings of pip may have it warn of what is no matter of ours.
    monkeypatch.setenv("PIP_QUIET", "2")
    monkeypatch.setenv("PIP_DISABLE_PIP_VERSION_CHECK", "1")


@pytest.mark.timeout(600)
def test_tutorial_is_followed_from_an_empty_environment(source: Path) -> None:
    with playing(source) as player:
        for name in TUTORIAL:
            player.play(page(name))


@pytest.mark.timeout(600)
def test_site_is_built_from_the_package_index_alone(source: Path) -> None:
    command = ["make", "docs", f"PYTHON={sys.executable}"]
    ended = subprocess.run(command, cwd=source, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "WARNING" not in ended.stdout + ended.stderr
    assert (source / "build" / "site" / "index.html").exists()


@pytest.mark.timeout(600)
def test_steps_of_the_docker_file_make_a_server_that_ends_well(source: Path, tmp_path: Path) -> None:
    [file] = blocks("how-to/docker.md", "dockerfile")
    [app] = blocks("how-to/docker.md", "python")
    context, image = tmp_path / "context", tmp_path / "image"
    image.mkdir()
    pip = [sys.executable, "-m", "pip"]
    subprocess.run([*pip, "wheel", "--no-deps", "--wheel-dir", context / "wheels", source], check=True)
    (context / "app.py").write_text(app.text)
    venv.create(tmp_path / "python", with_pip=True)
    port = str(free_port())
    environment = {**os.environ, "PATH": f"{tmp_path / 'python' / 'bin'}:/usr/bin:/bin"}
    # pytest's own process has this for its imports.
    environment.pop("PYTHONPATH", None)
    folder = image
    commands: dict[str, list[str]] = {}
    for line in file.text.splitlines():
        step, rest = line.replace("9999", port).split(maxsplit=1)
        if step == "WORKDIR":
            folder = image / rest.lstrip("/")
            folder.mkdir()
        elif step == "COPY":
            name, place = shlex.split(rest)
            copy = shutil.copytree if (context / name).is_dir() else shutil.copy
            copy(context / name, folder / place)
        elif step == "RUN":
            subprocess.run(["sh", "-ec", rest], cwd=folder, env=environment, check=True)
        elif step in ("CMD", "HEALTHCHECK"):
            commands[step] = re.findall(r'"([^"]*)"', rest)
        else:
            assert step in ("FROM", "USER", "EXPOSE", "STOPSIGNAL")
    with subprocess.Popen(commands["CMD"], cwd=folder, env=environment, stderr=subprocess.PIPE, text=True) as server:
        try:
            said = answer(b"hello\n", socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", int(port)))
            assert said == b"HELLO\n"
            subprocess.run(commands["HEALTHCHECK"], env=environment, check=True)
            server.send_signal(signal.SIGTERM)
            _, logged = server.communicate(timeout=PATIENCE)
            assert server.returncode == 0, logged
            assert '"outcome"' in logged
        finally:
            server.kill()


def test_kubernetes_takes_the_files_of_the_page(tmp_path: Path) -> None:
    [file] = blocks("how-to/kubernetes.md", "yaml")
    path = tmp_path / "chat.yaml"
    path.write_text(file.text)
    # The oldest release that is still found in many clusters, and the newest that the schemas know.
    for version in (["--kubernetes-version", "1.30"], []):
        command = [str(SCANNERS / "bin" / "kubernetes-validate"), "--strict", *version, str(path)]
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
        assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.mark.timeout(300)
def test_site_is_searched_in_a_browser_without_a_server(tmp_path: Path) -> None:
    site = build(tmp_path)
    assert site.status == 0, site.said
    address = f"{(site.folder / 'index.html').as_uri()}?q=Bounded"
    # No name is resolved, so nothing could be fetched.
    browser = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND"]
    looking = [
        *browser,
        f"--user-data-dir={tmp_path / 'profile'}",
        "--virtual-time-budget=20000",
        "--dump-dom",
        address,
    ]
    shown = subprocess.run(looking, capture_output=True, text=True, check=True).stdout
    assert re.search(r'href="[^"]*strategies\.html\?h=bounded#typedserver\.Bounded"', shown)
