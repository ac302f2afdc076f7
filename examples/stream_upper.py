"""The second example of socketserver's documentation, composed: readline and write in place of recv and send.

`python examples/stream_upper.py [HOST PORT]`; the client is in tcp_upper.py.
"""

import sys

from typedserver import TCP, Server, StreamRequestHandler


class Upper(StreamRequestHandler):
    def handle(self) -> None:
        data = self.rfile.readline().strip()
        print(f"{self.client_address[0]} wrote: {data!r}", flush=True)
        self.wfile.write(data.upper())


def main(host: str = "127.0.0.1", port: str = "9999") -> None:
    with Server(TCP(host=host, port=int(port)), Upper) as server:
        print("port", server.server_address[1], flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
