"""curl and the standard library's file server over each strategy and each kind of stream."""

import functools
import hashlib
import http.server
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.running import running
from typedserver import TCP, Forks, Inline, Server, Threads, UnixStream, from_stdlib

SIZE = 50 * 1024 * 1024


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("served")
    (folder / "large").write_bytes(os.urandom(SIZE))
    return folder


class Silent(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Write nothing, but compute the address as the log would."""
        self.address_string()


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@pytest.mark.parametrize("strategy", [Inline(), Threads(), Forks()], ids=repr)
@pytest.mark.parametrize("transport", ["tcp", "unix"])
def test_curl_fetches_a_large_file_byte_for_byte(transport: str, strategy: Any, folder: Path, tmp_path: Path) -> None:
    handler = from_stdlib(functools.partial(Silent, directory=str(folder)))
    path = str(tmp_path / "s")
    endpoint: Any = TCP(port=0) if transport == "tcp" else UnixStream(path)
    with running(Server(endpoint, handler, strategy)) as run:
        where = (
            [f"http://127.0.0.1:{run.server.server_address[1]}/large"]
            if transport == "tcp"
            else ["--unix-socket", path, "http://server/large"]
        )
        fetched = tmp_path / "fetched"
        fetch = subprocess.run(
            ["curl", "-sS", "-o", str(fetched), "-w", "%{http_code} %{size_download}", *where],
            capture_output=True,
            text=True,
            check=True,
        )
        assert fetch.stdout == f"200 {SIZE}"
        assert digest(fetched) == digest(folder / "large")
        fetched.unlink()
