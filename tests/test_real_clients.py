"""curl and the standard library's file server over each strategy and each kind of stream; dig at several addresses."""

import functools
import hashlib
import http.server
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.running import running
from tests.test_endpoints_tcp import ipv6
from typedserver import (
    TCP,
    UDP,
    Asyncio,
    Forks,
    Inline,
    Multiplexed,
    Server,
    Threads,
    UnixStream,
    datagram_handler,
    from_stdlib,
    sleep,
)

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


def named(data: bytes) -> bytes:
    """Answer a query of DNS: each name has the address 192.0.2.1 (RFC 1035, 4.1)."""
    end = data.index(b"\0", 12) + 5
    # An answer, authoritative, with one question and one record, whose name is the question's.
    header = data[:2] + b"\x84\x00" + b"\0\x01" + b"\0\x01" + bytes(4)
    return header + data[12:end] + b"\xc0\x0c" + data[end - 4 : end] + b"\0\0\0\x3c" + b"\0\x04" + bytes((192, 0, 2, 1))


@pytest.mark.parametrize("host", ["", pytest.param("::", marks=ipv6)])
@pytest.mark.parametrize("strategy", [Inline(), Forks(), Multiplexed(), Asyncio()], ids=repr)
def test_dig_gets_the_answer_from_the_address_that_it_has_asked(strategy: Any, host: str) -> None:
    @datagram_handler
    async def answer(data: bytes) -> bytes:
        await sleep(0.001)
        return named(data)

    with running(Server(UDP(port=0, host=host, dual_stack=host != ""), answer, strategy)) as run:
        port = run.server.server_address[1]
        for asked in ("127.0.0.1", "127.0.0.2", "127.1.2.3", *(["::1"] if host else [])):
            command = ["dig", f"@{asked}", "-p", str(port), "+short", "+noedns", "+tries=1", "+time=5", "example.org"]
            dig = subprocess.run(command, capture_output=True, text=True, check=False)
            assert (dig.stdout, dig.returncode) == ("192.0.2.1\n", 0)
