"""A relay of datagrams that loses, repeats and reorders them, as a bad network does; and a client that goes on."""

import random
import select
import socket
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

# Seconds after which a call is sent again: much longer than the way there and back, so most losses are found by it.
_AGAIN = 0.02


class _Relay:
    def __init__(self, server: Any, loss: float, seed: int) -> None:
        self._server = server
        self._loss = loss
        # Not for secrets, but to have the same trouble again.
        self._random = random.Random(seed)
        self.clients = self._socket()
        self._onward = self._socket()
        self._back: Any = None
        self._over = False

    @staticmethod
    def _socket() -> socket.socket:
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.bind(("127.0.0.1", 0))
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2**20)
        return made

    def run(self) -> None:
        held: list[Callable[[], object]] = []
        while not self._over:
            readable, _, _ = select.select([self.clients, self._onward], [], [], 0.002)
            for each in readable:
                data, address = each.recvfrom(65536)
                if each is self.clients:
                    self._back = address
                    send = self._sender(self._onward, data, self._server)
                else:
                    send = self._sender(self.clients, data, self._back)
                if self._random.random() < self._loss:
                    continue
                held += [send] * (2 if self._random.random() < self._loss else 1)
            self._random.shuffle(held)
            # What is held back comes behind what is sent after it.
            keep = len(held) // 4 if readable else 0
            for send in held[keep:]:
                send()
            del held[keep:]

    @staticmethod
    def _sender(through: socket.socket, data: bytes, address: Any) -> Callable[[], object]:
        return lambda: through.sendto(data, address)

    def close(self) -> None:
        self._over = True

    def end(self) -> None:
        self.clients.close()
        self._onward.close()


@contextmanager
def perturbing(server: Any, *, loss: float, seed: int) -> Generator[Any]:
    """Relay datagrams to a server while the block runs; gives the relay's address."""
    relay = _Relay(server, loss, seed)
    thread = threading.Thread(target=relay.run)
    thread.start()
    try:
        yield relay.clients.getsockname()
    finally:
        relay.close()
        thread.join()
        relay.end()


def ask_until_answered(address: Any, calls: dict[int, bytes], *, at_once: int, patience: float) -> dict[int, bytes]:
    """Send calls by their xid, a number of them at once, each again and again until it is answered; returns replies."""
    replies: dict[int, bytes] = {}
    waiting: dict[int, float] = {}
    coming = iter(calls)
    until = time.monotonic() + patience
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.connect(address)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2**20)
        while len(replies) < len(calls):
            now = time.monotonic()
            assert now < until, f"{len(replies)} of {len(calls)} calls were answered"
            while len(waiting) < at_once and (xid := next(coming, None)) is not None:
                waiting[xid] = 0.0
            for xid, due in waiting.items():
                if now >= due:
                    client.send(calls[xid])
                    waiting[xid] = now + _AGAIN
            client.settimeout(0.002)
            try:
                while True:
                    reply = client.recv(65536)
                    xid = int.from_bytes(reply[:4], "big")
                    assert replies.setdefault(xid, reply) == reply, "two replies to one call differ"
                    waiting.pop(xid, None)
            except TimeoutError:
                pass
    return replies
