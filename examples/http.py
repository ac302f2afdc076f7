"""The standard library's file server, composed: `make run APP=examples.http:server`, then open the printed address.

It serves the working directory with a thread for each connection, and with deadlines, which http.server's own lacks.
"""

from http.server import SimpleHTTPRequestHandler

from typedserver import TCP, Server, Threads, from_stdlib

server = Server(TCP(port=8000), from_stdlib(SimpleHTTPRequestHandler), Threads(daemon=True))
