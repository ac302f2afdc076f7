"""Trials of TLS: certificates are renewed under load, and many handshakes fail; what is left of both.

This module knows files, signals and what the kernel reports about processes. Linux only.
"""

import hashlib
import os
import signal
import ssl
import tempfile
import time
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from tests.reliability.held import Held, settle
from tests.reliability.programs import PATIENCE, Program, StuckError
from tests.reliability.tls_clients import HandshakeAccount, Handshakes
from tests.running import connect
from tests.test_revocation import ROOT, SERVER, Party, party, write
from tests.tls import client_context

# Bytes by which an interpreter's memory may differ: it frees only whole arenas, and OpenSSL keeps some buffers.
_SLACK: Final = 4 * 1024 * 1024

# After these the server has made what it keeps: threads, loops, the arenas of its memory.
_WARM_UP: Final = 1_500

# Seconds between two looks at which certificate is shown.
_LOOK: Final = 0.01

# Seconds that a client may wait for the end of one handshake; then it is stuck, and the program says so.
_SLOWEST: Final = 600.0


def digest(who: Party) -> str:
    """Return the digest by which clients tell of a certificate."""
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(who.pem.decode())).hexdigest()


def _shown(address: Any) -> str:
    with connect(tuple(address[:2])) as plain, client_context().wrap_socket(plain) as client:
        client.sendall(b"1 2 0\n")
        client.recv(100)
        shown = client.getpeercert(binary_form=True)
        assert shown is not None
        return hashlib.sha256(shown).hexdigest()


def _renew(folder: Path, who: Party) -> None:
    """Put a certificate and a key in the place of what is there, one after the other."""
    beside = folder / "beside"
    beside.mkdir(exist_ok=True)
    for file in write(beside, who).values():
        file.rename(folder / file.name)


@dataclass(frozen=True, slots=True)
class Renewed:
    """The result of renewals under load."""

    account: HandshakeAccount
    shown: list[str]
    status: int
    said: str

    @property
    def faults(self) -> list[str]:
        """Return what went wrong."""
        found = [f"a handshake failed: {failed}" for failed in self.account.failed]
        if missing := set(self.shown) - set(self.account.certificates):
            found.append(f"{len(missing)} of {len(self.shown)} certificates were never shown to the load")
        if self.status:
            found.append(f"it ended with status {self.status}")
        if "Traceback" in self.said:
            found.append(f"it said: {self.said[-2000:]}")
        return found


def renewals(strategy: str, handshakes: int, times: int) -> Renewed:
    """Have a server load another certificate, by SIGHUP and so many times, while so many handshakes are done."""
    parties = [SERVER, *(party("localhost", ROOT) for _ in range(times))]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="renewals")))
        _renew(folder, SERVER)
        server = stack.enter_context(Program(["-m", "tests.reliability.stampeded", strategy, "0", str(folder)]))
        address = server.hear()
        clients = stack.enter_context(Program(["-m", "tests.reliability.tls_clients"]))
        clients.send(asdict(Handshakes(address=address, number=handshakes, parts=times + 1)))
        for renewed in parties[1:]:
            clients.hear(suspects=[server.pid])
            _renew(folder, renewed)
            os.kill(server.pid, signal.SIGHUP)
            until = time.monotonic() + PATIENCE
            while _shown(address) != digest(renewed):
                if time.monotonic() > until:
                    raise StuckError(f"the new certificate is not shown; the server said: {server.complaints()}")
                time.sleep(_LOOK)
        while isinstance(told := clients.hear(suspects=[server.pid]), int):
            pass
        account = HandshakeAccount(**told)
        status = server.end(signal.SIGTERM)
        return Renewed(account, [digest(who) for who in parties], status, server.said())


@dataclass(frozen=True, slots=True)
class Failed:
    """The result of many handshakes that failed."""

    account: HandshakeAccount
    before: Held
    after: Held
    seconds: float
    good: HandshakeAccount
    status: int
    said: str

    @property
    def faults(self) -> list[str]:
        """Return what is not as it was."""
        found = [f"a client was not ended: {failed}" for failed in (*self.account.failed, *self.good.failed)]
        if self.after.exceeds(self.before, _SLACK):
            found.append(f"it holds {self.after}, and held {self.before}")
        if self.status:
            found.append(f"it ended with status {self.status}")
        if "Traceback" in self.said:
            found.append(f"it said: {self.said[-2000:]}")
        return found


def failures(strategy: str, number: int) -> Failed:
    """Have so many handshakes fail, in each way that clients know, and look at what is left of them."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="failures")))
        write(folder, SERVER)
        server = stack.enter_context(Program(["-m", "tests.reliability.stampeded", strategy, "0", str(folder)]))
        address = server.hear()
        clients = stack.enter_context(Program(["-m", "tests.reliability.tls_clients"]))

        def done(number: int, *, good: bool) -> HandshakeAccount:
            clients.send(asdict(Handshakes(address=address, number=number, good=good)))
            return HandshakeAccount(**clients.hear(patience=_SLOWEST, suspects=[server.pid]))

        done(_WARM_UP, good=False)
        done(20, good=True)
        before = settle(server.pid)
        begun = time.monotonic()
        account = done(number, good=False)
        seconds = time.monotonic() - begun
        good = done(100, good=True)
        after = settle(server.pid, before, _SLACK)
        status = server.end(signal.SIGTERM)
        return Failed(account, before, after, seconds, good, status, server.said())
