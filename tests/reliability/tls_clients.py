"""Clients that only do handshakes, good ones or bad ones: a program of its own, so that both ends have a processor.

``python -m tests.reliability.tls_clients`` reads an order as a line of JSON, and answers with an account. While it does
good ones it writes a line for each part of the order besides. It must know nothing of the server but its address.
"""

import hashlib
import json
import os
import random
import socket
import ssl
import threading
import traceback
import warnings
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

from tests.reliability.clients import Lines
from tests.reliability.hostile import reset
from tests.running import connect
from tests.tls import client_context

_THREADS: Final = 8

# Of each kind of failure so many are told.
_TOLD: Final = 5


@dataclass(kw_only=True)
class Handshakes:
    """An order: how many, and how many lines tell of the way to there."""

    address: Any
    number: int
    parts: int = 1
    good: bool = True


@dataclass(kw_only=True)
class HandshakeAccount:
    """What became of them: ``certificates`` are the SHA-256 of those that were shown, ``kinds`` what bad ones did."""

    done: int = 0
    failed: list[str] = field(default_factory=list[str])
    certificates: dict[str, int] = field(default_factory=dict[str, int])
    kinds: dict[str, int] = field(default_factory=dict[str, int])


def _good(address: Any, context: ssl.SSLContext) -> str:
    """Do a handshake and ask once; returns the digest of the certificate that was shown."""
    with connect(address) as plain, context.wrap_socket(plain) as client:
        client.sendall(b"1 2 0\n")
        answer = client.recv(100)
        assert answer == b"1 2 ok\n", answer
        shown = client.getpeercert(binary_form=True)
        assert shown is not None
        return hashlib.sha256(shown).hexdigest()


# Bad ones


def _hello(**more: Any) -> bytes:
    """Return the first words of a client."""
    context = client_context()
    with warnings.catch_warnings():
        # Old versions are what it is about.
        warnings.simplefilter("ignore", DeprecationWarning)
        for name, value in more.items():
            if name == "ciphers":
                context.set_ciphers(value)
            else:
                setattr(context, name, value)
    outgoing = ssl.MemoryBIO()
    with suppress(ssl.SSLWantReadError):
        context.wrap_bio(ssl.MemoryBIO(), outgoing).do_handshake()
    return outgoing.read()


_HELLO: Final = _hello()
_OLD: Final = _hello(
    ciphers="ALL:@SECLEVEL=0", minimum_version=ssl.TLSVersion.TLSv1, maximum_version=ssl.TLSVersion.TLSv1_1
)
_WEAK: Final = _hello(ciphers="AES128-SHA:@SECLEVEL=0", maximum_version=ssl.TLSVersion.TLSv1_2)
_GARBAGE: Final = b"\x17\x03\x03\x00\x40" + b"g" * 64
# It knows no authority.
_TRUSTING: Final = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _read_to_the_end(client: socket.socket) -> None:
    # A reset is as good: the server has not read all that it was sent.
    with suppress(ConnectionError):
        while client.recv(65536):
            pass


def _says(said: bytes, *, answered: bytes = b"", ends: bool = False) -> Callable[[Any], None]:
    """Make a client that sends this, and then ends its half or waits to be answered for more, until the server ends."""

    def client(address: Any) -> None:
        with connect(address) as connection, suppress(ConnectionError):
            connection.sendall(said)
            if ends:
                connection.shutdown(socket.SHUT_WR)
            if answered and connection.recv(65536):
                connection.sendall(answered)
            _read_to_the_end(connection)

    return client


def _resets(said: bytes) -> Callable[[Any], None]:
    def client(address: Any) -> None:
        connection = connect(address)
        connection.sendall(said)
        reset(connection)

    return client


def _trusts_nobody(address: Any) -> None:
    with connect(address) as connection:
        try:
            _TRUSTING.wrap_socket(connection, server_hostname="localhost")
        except ssl.SSLCertVerificationError:
            return
    raise AssertionError("a certificate that nobody has signed was trusted")


BAD: Final[dict[str, Callable[[Any], None]]] = {
    "speaks HTTP": _says(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
    "speaks no TLS": _says(os.urandom(300)),
    "ends at once": _says(b"", ends=True),
    "ends in its hello": _says(_HELLO[:100], ends=True),
    "resets at once": _resets(b""),
    "resets in its hello": _resets(_HELLO[:100]),
    "resets behind its hello": _resets(_HELLO),
    "speaks TLS 1.1": _says(_OLD),
    "has weak ciphers": _says(_WEAK),
    "announces a huge record": _says(b"\x16\x03\x01\xff\xff" + _HELLO[5:]),
    "says hello in small records": _says(
        b"".join(b"\x16\x03\x01\x00\x01" + _HELLO[place : place + 1] for place in range(5, 60)), ends=True
    ),
    "sends garbage behind its hello": _says(_HELLO, answered=_GARBAGE),
    "trusts nobody": _trusts_nobody,
}


class _Work:
    """An order that some threads do together."""

    def __init__(self, order: Handshakes) -> None:
        self._order = order
        self._address: Any = order.address if isinstance(order.address, str) else tuple(order.address[:2])
        self._lock = threading.Lock()
        self._begun = 0
        self._kinds = Counter[str]()
        self._certificates = Counter[str]()
        self.account = HandshakeAccount()

    def do(self) -> HandshakeAccount:
        threads = [threading.Thread(target=self._do, args=(number,)) for number in range(_THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.account.kinds, self.account.certificates = dict(self._kinds), dict(self._certificates)
        return self.account

    def _do(self, seed: int) -> None:
        context = client_context()
        choice = random.Random(seed)
        while self._has_begun_one():
            kind = "good" if self._order.good else choice.choice(list(BAD))
            digest = fault = ""
            try:
                if self._order.good:
                    digest = _good(self._address, context)
                else:
                    BAD[kind](self._address)
            except Exception:
                fault = f"{kind}: {traceback.format_exc(limit=-2)}"
            self._note(kind, digest, fault)

    def _has_begun_one(self) -> bool:
        with self._lock:
            self._begun += 1
            return self._begun <= self._order.number

    def _note(self, kind: str, digest: str, fault: str) -> None:
        with self._lock:
            self._kinds[kind] += 1
            if fault:
                self.account.failed.append(fault)
                return
            self.account.done += 1
            if digest:
                self._certificates[digest] += 1
            step = self._order.number // self._order.parts
            if self._order.parts > 1 and self.account.done % step == 0:
                os.write(1, json.dumps(self.account.done).encode() + b"\n")


def main() -> None:
    """Run the command line."""
    control = Lines(0)
    while line := control.read():
        account = _Work(Handshakes(**json.loads(line))).do()
        told = {"done": account.done, "kinds": account.kinds, "certificates": account.certificates}
        os.write(1, json.dumps({**told, "failed": account.failed[:_TOLD]}).encode() + b"\n")


if __name__ == "__main__":
    main()
