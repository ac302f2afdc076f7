"""The standard library's HTTP server, in its own style, with TLS and a list of who may come: mix-ins do it.

It serves the files of the folder in which it is started. A certificate of your own for a try:

    openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -subj /CN=localhost -days 30
    python examples/old_style_tls.py
    curl -k https://127.0.0.1:8443/
"""

from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

from typedserver.mixins import FilterMixIn, TLSMixIn


class Server(TLSMixIn, FilterMixIn, ThreadingHTTPServer):
    """A handshake runs in the thread of its request, so a silent client holds up nobody else."""

    certfile = "cert.pem"
    keyfile = "key.pem"
    allow = ("127.0.0.0/8", "::1/128")


def main() -> None:
    """Serve until Ctrl-C."""
    with Server(("127.0.0.1", 8443), SimpleHTTPRequestHandler) as server:
        server.serve_forever()


if __name__ == "__main__":
    main()
