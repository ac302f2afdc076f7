"""An echo on ``socketserver``, as its documentation composes servers; and the same code on ``typedserver.compat``.

``python -m benchmarks.peers.stdlib MODULE (sync|threading|forking) (--port N | --path P) [--udp]``

The code is one and the same for both modules: what differs is the import alone, which is what compat promises.
"""

import contextlib
import importlib
import signal
import threading
from pathlib import Path
from typing import Any

from benchmarks.peers.command_line import BACKLOG, RECEIVED_AT_ONCE, announce, read_options


def main() -> None:
    """Serve until SIGTERM."""
    options = read_options(("socketserver", "typedserver.compat"), ("sync", "threading", "forking"))
    # Any: the two modules have the same names, which no type tells.
    socketserver: Any = importlib.import_module(options.choice0)

    class Echo(socketserver.BaseRequestHandler):  # type: ignore[misc]  # see above
        def handle(self) -> None:
            while data := self.request.recv(RECEIVED_AT_ONCE):
                self.request.sendall(data)

    class EchoDatagram(socketserver.BaseRequestHandler):  # type: ignore[misc]  # see above
        def handle(self) -> None:
            data, listener = self.request
            listener.sendto(data, self.client_address)

    match options.path is None, options.udp:
        case True, False:
            base, handler = socketserver.TCPServer, Echo
        case True, True:
            base, handler = socketserver.UDPServer, EchoDatagram
        case False, False:
            base, handler = socketserver.UnixStreamServer, Echo
        case _:
            base, handler = socketserver.UnixDatagramServer, EchoDatagram
    mixins: dict[str, tuple[Any, ...]] = {
        "sync": (),
        "threading": (socketserver.ThreadingMixIn,),
        "forking": (socketserver.ForkingMixIn,),
    }
    # As many children as clients: its own bound of 40 would leave some of 64 persistent clients unserved.
    settings = {"request_queue_size": BACKLOG, "allow_reuse_address": not options.udp, "max_children": BACKLOG}
    echo_server: Any = type("EchoServer", (*mixins[options.choice1], base), settings)
    address = options.path if options.path is not None else ("127.0.0.1", options.port)

    with echo_server(address, handler) as server:

        def stop(_number: int, _frame: object) -> None:
            # shutdown waits for the loop that this very thread runs.
            threading.Thread(target=server.shutdown).start()

        signal.signal(signal.SIGTERM, stop)
        announce(server.server_address)
        server.serve_forever()
    if options.path is not None:
        with contextlib.suppress(FileNotFoundError):
            Path(options.path).unlink()


if __name__ == "__main__":
    main()
