"""Clients of others with the examples of ONC RPC: libnfs lists and reads the files, pyvisa-py speaks to the meter."""

import subprocess
from typing import Any, Final

import pytest
from examples.nfs import HELLO, programs

from tests.proofs.test_tls_scans import SCANNERS
from tests.rpc_hosts import in_host_of_its_own
from tests.running import PATIENCE, running
from typedserver import TCP, Asyncio, Forks, Inline, Multiplexed, Server, ThreadPool, Threads, inet_address, rpc

STRATEGIES: Final = [Inline(), Threads(), ThreadPool(workers=4), Forks(), Multiplexed(), Asyncio(grace=0)]


def libnfs(*command: str) -> bytes:
    return subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE).stdout


@pytest.mark.parametrize("strategy", STRATEGIES, ids=repr)
def test_libnfs_lists_and_reads_the_files(strategy: Any) -> None:
    server = Server(TCP(port=0), rpc.stream_handler(*programs(HELLO)), strategy)
    with running(server):
        port = inet_address(server)[1]

        def url(path: str) -> str:
            return f"nfs://127.0.0.1/export/{path}?nfsport={port}&mountport={port}"

        listed = libnfs("nfs-ls", "-R", url("")).decode()
        assert sorted(line.split()[-1] for line in listed.splitlines()) == sorted(
            ["hello.txt", "large.bin", "latest", "notes", "notes/one.txt", "notes/two.txt", "notes/empty"]
        )
        assert libnfs("nfs-cat", url("hello.txt")) == HELLO["hello.txt"]
        assert libnfs("nfs-cat", url("large.bin")) == HELLO["large.bin"]
        assert libnfs("nfs-cat", url("notes/two.txt")) == b"2\n"


def test_pyvisa_speaks_to_the_meter() -> None:
    python = SCANNERS / "bin" / "python"
    assert python.exists(), "install what the proofs need by `make scanners`"
    ended = in_host_of_its_own(str(python), module="tests.rpc_laboratory")
    assert ended.returncode == 0, ended.stdout
    said = ended.stdout.splitlines()
    assert said[-5:] == ["typedserver,Voltmeter,1,0", "2.500", "0", "typedserver,Voltmeter,1,0;2.500", "VI_ERROR_TMO"]
