"""A server of several processes whose answer names its worker: the process id. For ``crash.py``.

``python benchmarks/pid_server.py [--processes N] [--strategy inline|threads|thread_pool]``; SIGTERM ends it.
"""

import argparse
import os

from benchmarks.serving import serve_until_sigterm
from typedserver import TCP, ConcurrencyStrategy, Inline, Prefork, Server, StreamRequest, ThreadPool, Threads

STRATEGIES: dict[str, ConcurrencyStrategy[object]] = {
    "inline": Inline(),
    "threads": Threads(),
    "thread_pool": ThreadPool(),
}


def answer_pid(request: StreamRequest, _client_address: object, _server: object) -> None:
    """Answer each line with the worker's process id, until end of file."""
    while request.recv(4096):
        request.sendall(b"%d\n" % os.getpid())


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description="Tells which worker answers.")
    parser.add_argument("--processes", type=int, default=2, metavar="N")
    parser.add_argument("--strategy", default="inline", choices=STRATEGIES)
    options = parser.parse_args()
    server = Prefork(Server(TCP(port=0), answer_pid, STRATEGIES[options.strategy]), options.processes)
    serve_until_sigterm(server)


if __name__ == "__main__":
    main()
