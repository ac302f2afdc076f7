"""Servers of the standard library that are built on ``socketserver`` run on the drop-in, in its place."""

import hashlib
import os
import subprocess
import sys
import textwrap
from pathlib import Path

# Before anything imports it: from here on the standard library finds the drop-in under the name.
_PRELUDE = """\
import sys, threading
import typedserver.compat
sys.modules["socketserver"] = typedserver.compat
"""


def run(program: str, *arguments: str, folder: Path) -> str:
    """Run a program in which the module is replaced; returns what it printed."""
    ran = subprocess.run(
        [sys.executable, "-c", _PRELUDE + textwrap.dedent(program), *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_curl_fetches_50_megabytes_from_http_server(tmp_path: Path) -> None:
    content = os.urandom(1 << 20) * 50
    (tmp_path / "large").write_bytes(content)
    program = """
        import functools, http.server, subprocess
        class Quiet(http.server.SimpleHTTPRequestHandler):
            def log_message(self, *arguments): pass
        for cls in (http.server.HTTPServer, http.server.ThreadingHTTPServer):
            assert issubclass(cls, typedserver.compat.TCPServer)
            with cls(("127.0.0.1", 0), Quiet) as server:
                loop = threading.Thread(target=server.serve_forever)
                loop.start()
                url = f"http://127.0.0.1:{server.server_port}/large"
                subprocess.run(["curl", "-sS", "-o", cls.__name__, url], check=True)
                server.shutdown()
                loop.join()
    """
    run(program, folder=tmp_path)
    for name in ("HTTPServer", "ThreadingHTTPServer"):
        assert hashlib.sha256((tmp_path / name).read_bytes()).digest() == hashlib.sha256(content).digest()


def test_http_server_module_serves_from_the_command_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("content")
    program = """
        import http.server, os, re, signal, subprocess, io
        class Told(io.StringIO):
            def write(self, text):
                if (port := re.search(r"port (\\d+)", text)):
                    threading.Thread(target=fetch, args=port.groups()).start()
                return super().write(text)
        def fetch(port):
            got = subprocess.check_output(["curl", "-sS", f"http://127.0.0.1:{port}/file"])
            sys.__stdout__.write(got.decode())
            os.kill(os.getpid(), signal.SIGINT)
        sys.stdout = Told()
        http.server.test(HandlerClass=http.server.SimpleHTTPRequestHandler, port=0, bind="127.0.0.1")
    """
    assert run(program, folder=tmp_path) == "content"


def test_xmlrpc_server_answers(tmp_path: Path) -> None:
    program = """
        import xmlrpc.client, xmlrpc.server
        with xmlrpc.server.SimpleXMLRPCServer(("127.0.0.1", 0), logRequests=False) as server:
            assert isinstance(server, typedserver.compat.TCPServer)
            server.register_function(pow)
            server.register_introspection_functions()
            loop = threading.Thread(target=server.serve_forever)
            loop.start()
            with xmlrpc.client.ServerProxy(f"http://127.0.0.1:{server.server_address[1]}") as proxy:
                print(proxy.pow(2, 10), "pow" in proxy.system.listMethods())
                try:
                    proxy.pow("a", 1)
                except xmlrpc.client.Fault as fault:
                    print("fault", "TypeError" in fault.faultString)
            server.shutdown()
            loop.join()
    """
    assert run(program, folder=tmp_path) == "1024 True\nfault True\n"


def test_wsgiref_serves_an_application(tmp_path: Path) -> None:
    program = """
        import urllib.request
        from wsgiref.simple_server import WSGIRequestHandler, demo_app, make_server
        class Quiet(WSGIRequestHandler):
            def log_message(self, *arguments): pass
        with make_server("127.0.0.1", 0, demo_app, handler_class=Quiet) as server:
            assert isinstance(server, typedserver.compat.TCPServer)
            loop = threading.Thread(target=server.handle_request)
            loop.start()
            with urllib.request.urlopen(f"http://127.0.0.1:{server.server_port}/path?query") as answer:
                print(answer.status, answer.readline())
            loop.join()
    """
    assert run(program, folder=tmp_path) == "200 b'Hello world!\\n'\n"


def test_logging_config_listens(tmp_path: Path) -> None:
    program = """
        import json, logging, logging.config, socket, struct
        listener = logging.config.listen(0)
        listener.start()
        listener.ready.wait()
        config = json.dumps({"version": 1, "root": {"level": "ERROR"}}).encode()
        with socket.create_connection(("localhost", listener.port)) as client:
            client.sendall(struct.pack(">L", len(config)) + config)
            client.shutdown(socket.SHUT_WR)
            client.recv(1)
        logging.config.stopListening()
        listener.join()
        print(logging.getLevelName(logging.getLogger().level))
    """
    assert run(program, folder=tmp_path) == "ERROR\n"


def test_logging_receiver_gets_records(tmp_path: Path) -> None:
    # The receiver of the logging cookbook: a handler that reads length and pickle, a server that stops by itself.
    program = """
        import logging, logging.handlers, pickle, select, socketserver, struct

        class Records(socketserver.StreamRequestHandler):
            def handle(self):
                while len(head := self.connection.recv(4)) == 4:
                    (length,) = struct.unpack(">L", head)
                    record = logging.makeLogRecord(pickle.loads(self.rfile.read(length)))
                    self.server.records.append(record.getMessage())
                    if len(self.server.records) == 3:
                        self.server.complete.set()

        class Receiver(socketserver.ThreadingTCPServer):
            allow_reuse_address = True

            def __init__(self):
                super().__init__(("localhost", 0), Records)
                self.records, self.abort, self.timeout = [], False, 0.1
                self.complete = threading.Event()

            def serve_until_stopped(self):
                while not self.abort:
                    ready, _, _ = select.select([self.socket.fileno()], [], [], self.timeout)
                    if ready:
                        self.handle_request()

        class Unbuffered(Records):
            rbufsize = 0

        with Receiver() as server:
            server.RequestHandlerClass = Unbuffered
            loop = threading.Thread(target=server.serve_until_stopped)
            loop.start()
            sender = logging.handlers.SocketHandler(*server.server_address)
            logger = logging.getLogger("cookbook")
            logger.addHandler(sender)
            for number in range(3):
                logger.warning("record %d", number)
            assert server.complete.wait(20)
            server.abort = True
            sender.close()
            loop.join()
        print(server.records)
    """
    assert run(program, folder=tmp_path) == "['record 0', 'record 1', 'record 2']\n"
