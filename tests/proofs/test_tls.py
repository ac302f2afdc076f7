"""TLS under load: bulk through OpenSSL's own client, certificates that are renewed, and very many bad handshakes."""

import os
import subprocess
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Final

import pytest

from tests.reliability import tls_trials
from tests.running import running
from tests.test_tls import ALL_STRATEGIES, strategy_of
from tests.tls_files import files
from typedserver import TCP, TLS, Server, Stream, TLSConfig, stream_handler

PATIENCE: Final = 120.0
MEGABYTE: Final = 1_000_000
MEGABYTES: Final = 100

# A leak of fifty bytes a handshake is found by a hundred thousand of them.
FAILURES: Final = int(os.environ.get("TLS_FAILURES", "20000"))


@stream_handler
async def echo(stream: Stream) -> None:
    while data := await stream.read(1 << 18):
        await stream.write(data)


def pieces() -> Generator[bytes, None, None]:
    """Make the data: no two megabytes are the same, so that none may come in another's place."""
    data = os.urandom(MEGABYTE) * 2
    for start in range(0, MEGABYTE, MEGABYTE // MEGABYTES):
        yield data[start : start + MEGABYTE]


def send(pipe: IO[bytes], data: list[bytes]) -> None:
    for piece in data:
        pipe.write(piece)
    pipe.flush()


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
@pytest.mark.parametrize("strategy", list(ALL_STRATEGIES))
def test_hundred_megabytes_pass_byte_for_byte_both_ways(tmp_path: Path, strategy: str, version: str) -> None:
    files(tmp_path)
    data = list(pieces())
    endpoint = TLS(TCP(port=0, host="127.0.0.1"), TLSConfig(certificate=tmp_path / "certificate", key=tmp_path / "key"))
    with (
        strategy_of(strategy) as made,
        running(Server(endpoint, echo, made)) as run,
        ThreadPoolExecutor(1) as pool,
    ):
        address = f"127.0.0.1:{run.server.server_address[1]}"
        with subprocess.Popen(
            ["openssl", "s_client", "-quiet", "-connect", address, version],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        ) as client:
            assert client.stdin is not None
            assert client.stdout is not None
            try:
                sent = pool.submit(send, client.stdin, data)
                for piece in data:
                    assert client.stdout.read(MEGABYTE) == piece
                sent.result(PATIENCE)
            finally:
                client.kill()


@pytest.mark.timeout(300)
@pytest.mark.parametrize("strategy", ["threads", "multiplexed", "prefork_multiplexed"])
def test_none_of_ten_thousand_handshakes_fails_while_certificates_are_renewed_twenty_times(strategy: str) -> None:
    renewed = tls_trials.renewals(strategy, 10_000, 20)
    print(f"{strategy}: {renewed.account.done} done, {len(renewed.account.failed)} failed")
    assert not renewed.faults
    assert renewed.account.done == 10_000


@pytest.mark.timeout(120 + FAILURES / 100)
@pytest.mark.parametrize("strategy", ["threads", "multiplexed", "uvloop", "forks", "prefork_threads"])
def test_handshakes_that_fail_leave_nothing(strategy: str) -> None:
    failed = tls_trials.failures(strategy, FAILURES)
    print(f"{strategy}: {failed.account.done} failed in {failed.seconds:.1f} s: {failed.before}, then {failed.after}")
    assert not failed.faults
    assert failed.account.done == FAILURES
