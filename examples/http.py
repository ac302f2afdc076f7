"""The standard library's file server, composed: `make run APP=examples.http:server`, then open the address it tells.

It serves the working directory, in a thread for each connection, with a timeout that http.server's own server lacks.
"""

from http.server import SimpleHTTPRequestHandler

from typedserver import TCP, Server, Threads, from_stdlib

server = Server(TCP(port=8000), from_stdlib(SimpleHTTPRequestHandler), Threads(daemon=True))
