"""One minimal answer of WSGI, and the settings of the gunicorn that gives it: one worker, of threads."""

import time
from collections.abc import Callable, Iterable
from typing import Any

from benchmarks.peers.command_line import BACKLOG, announce

# The names of gunicorn's settings.
bind = "127.0.0.1:0"
workers = 1
worker_class = "gthread"
threads = 16
backlog = BACKLOG
graceful_timeout = 10
loglevel = "error"


def when_ready(server: Any) -> None:
    """Tell where it listens."""
    announce(server.LISTENERS[0].sock.getsockname())


def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer a request."""
    _, client, number, service = environ["PATH_INFO"].split("/")
    if int(service):
        time.sleep(int(service) / 1000)
    body = f"{client} {number} ok\n".encode()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]
