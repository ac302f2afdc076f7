"""Sessions that clients keep and offer again: no handshake fails by one, and none outlives what it was checked by."""

import os
import ssl
from pathlib import Path
from typing import Any, Final

import pytest

from tests.running import running
from tests.test_reloads import wait_until
from tests.test_revocation import ANNA, ROOT, crl, serving, write
from tests.test_tls import config, encrypted, s_client
from tests.tls import client_context
from tests.tls_files import files
from typedserver import (
    TCP,
    TLS,
    Authenticated,
    ClientCertificate,
    Multiplexed,
    Prefork,
    Server,
    Stream,
    Threads,
    stream_handler,
)

VERSIONS: Final = ("-tls1_2", "-tls1_3")


@stream_handler
async def pid(stream: Stream) -> None:
    await stream.write(b"served by %d." % os.getpid())


def endpoint(folder: Path) -> Any:
    return TLS(TCP(port=0, host="127.0.0.1"), config(folder))


def served(server: Any, *arguments: str) -> tuple[int, bool]:
    """Return which process has served OpenSSL's client, and whether it went on with a session."""
    status, said = s_client(server, *arguments)
    assert status == 0, said
    assert (b"\nNew, " in said) is not (b"\nReused, " in said)
    return int(said.partition(b"served by ")[2].partition(b".")[0]), b"\nReused, " in said


def session_of(server: Any, folder: Path, version: str) -> tuple[int, list[str]]:
    """Return which process has begun a session, and what has OpenSSL's client offer it."""
    file = folder / "session"
    number, reused = served(server, version, "-sess_out", str(file))
    assert not reused
    # Of TLS 1.3 there is nothing to keep, because the server gives no ticket.
    return number, [version, "-sess_in", str(file)] if file.exists() else [version]


def test_session_of_tls_1_3_is_not_given(tmp_path: Path) -> None:
    with running(Server(endpoint(tmp_path), pid, Threads())) as run:
        session_of(run.server, tmp_path, "-tls1_3")
        assert not (tmp_path / "session").exists()


@pytest.mark.parametrize("version", VERSIONS)
def test_session_of_another_worker_is_a_full_handshake(tmp_path: Path, version: str) -> None:
    server = Prefork(Server(endpoint(tmp_path), pid, Threads()), 2)
    with running(server):
        # A worker that is forked while the client is started would keep its pipes.
        wait_until(lambda: len(server.pids) == 2)
        first, offer = session_of(server, tmp_path, version)
        others: set[int] = set()

        def another_has_served() -> bool:
            number, reused = served(server, *offer)
            assert number == first or not reused
            others.add(number)
            return len(others) == 2

        wait_until(another_has_served)


@pytest.mark.parametrize("version", VERSIONS)
def test_session_from_before_a_reload_is_a_full_handshake(tmp_path: Path, version: str) -> None:
    with running(Server(endpoint(tmp_path), pid, Threads())) as run:
        _, offer = session_of(run.server, tmp_path, version)
        run.server.reload()
        assert served(run.server, *offer) == (os.getpid(), False)


def test_session_of_tls_1_2_goes_on_in_its_own_process_alone(tmp_path: Path) -> None:
    # Python's ssl cannot turn it off; if this fails, it can, and the documents that say so may go.
    with running(Server(endpoint(tmp_path), pid, Threads())) as run:
        _, offer = session_of(run.server, tmp_path, "-tls1_2")
        assert served(run.server, *offer) == (os.getpid(), True)


def test_client_that_goes_on_with_a_session_is_still_who_it_was(tmp_path: Path) -> None:
    files(tmp_path)
    principals: list[str] = []

    @stream_handler
    async def note(stream: Any) -> None:
        principals.append(stream.principal.common_name)
        await stream.write(b".")

    tls = TLS(
        TCP(port=0),
        config(tmp_path, client_ca=tmp_path / "certificate", client_certificate="required"),
    )
    context = client_context()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(tmp_path / "alice.pem", tmp_path / "alice.key")
    with running(Server(Authenticated(tls, ClientCertificate()), note, Multiplexed())) as run:
        session: ssl.SSLSession | None = None
        for again in (False, True):
            with encrypted(run.server, context, session=session) as client:
                assert client.recv(1) == b"."
                assert client.session_reused is again
                session = client.session
    assert principals == ["alice", "alice"]


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["1.2", "1.3"])
def test_client_that_was_withdrawn_cannot_go_on_with_its_session_after_a_reload(
    tmp_path: Path, version: ssl.TLSVersion
) -> None:
    with serving(tmp_path, crl(ROOT)) as (server, seen):
        context = ssl.create_default_context(cadata=ROOT.pem.decode())
        context.maximum_version = version
        context.load_cert_chain(*write(tmp_path, ANNA).values())
        with encrypted(server, context, "localhost") as client:
            assert client.recv(100) == b"welcome\n"
            session = client.session
        (tmp_path / "lists.pem").write_bytes(crl(ROOT, ANNA))
        server.reload()
        # Of TLS 1.3 the client hears only when it reads.
        with pytest.raises(OSError), encrypted(server, context, "localhost", session=session) as client:
            client.recv(1)
        assert "revoked" in str(seen.wait(2).error)
