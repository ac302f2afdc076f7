"""CPython's own tests of ``socketserver`` and ``http.server``, with mix-ins in all servers that they make.

They come from the interpreter that runs, and are not changed; what they find under the names of the modules is. The
classes of servers there have a mix-in, and where that encrypts, the clients are clients of TLS. Left out are those of
``CGIHTTPRequestHandler`` alone: its programs write to the descriptor of the connection, past any TLS.
"""

import importlib.util
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.tls_files import files

_RUN = textwrap.dedent(
    '''
    import socket, ssl, sys, threading, types, unittest
    import typedserver.compat
    from typedserver import mixins

    suite, kind, mixin, folder = sys.argv[1:]

    if kind == "compat":
        # Its source runs under the name socketserver, as in test_compat_cpython.py.
        path = typedserver.compat.__file__
        module = types.ModuleType("socketserver")
        module.__file__ = path
        sys.modules["socketserver"] = module
        with open(path, "rb") as source:
            exec(compile(source.read(), path, "exec"), vars(module))
    import socketserver

    attributes = {
        "TLSMixIn": {"certfile": folder + "/certificate", "keyfile": folder + "/key"},
        "FilterMixIn": {"allow": ["127.0.0.0/8", "::1/128"], "deny": ["192.0.2.0/24"]},
    }[mixin]
    served = []


    class Counted(getattr(mixins, mixin)):
        """The mix-in; notes each request that comes to a handler by it."""

        def finish_request(self, request, client_address):
            served.append(client_address)
            super().finish_request(request, client_address)


    def mixed(cls, module=None):
        members = attributes | {"__module__": module or cls.__module__, "__doc__": cls.__doc__}
        return type(cls.__name__, (Counted, cls), members)


    def mix_into_all():
        # First those that inherit of no other of these, then what is made of them.
        roots = ["TCPServer", "UnixStreamServer"] if mixin == "TLSMixIn" else ["TCPServer", "UDPServer"]
        made = {cls: mixed(cls, "socketserver") for cls in map(vars(socketserver).get, roots)}
        for name, cls in list(vars(socketserver).items()):
            if not isinstance(cls, type):
                continue
            if cls in made:
                setattr(socketserver, name, made[cls])
            elif len(cls.__bases__) == 2 and cls.__bases__[1] in made:
                how, root = cls.__bases__
                setattr(socketserver, name, type(name, (how, made[root]), {"__module__": "socketserver"}))


    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE


    class Client(ssl.SSLSocket):
        """A client whose handshake goes on beside its thread: a test may serve it in that very thread, later."""

        shaking = None
        left = False

        def connect(self, address):
            super().connect(address)
            self.begin()

        def begin(self):
            self.turn = threading.Lock()
            self.shaking = threading.Thread(target=self.shake)
            self.shaking.start()

        def shake(self):
            try:
                self.do_handshake()
            except OSError:
                # The server has turned it away.
                pass
            with self.turn:
                self.shaking = None
                if self.left:
                    super().close()

        def shaken(self):
            shaking = self.shaking
            if shaking is not None:
                shaking.join()

        def close(self):
            if self.shaking is not None:
                with self.turn:
                    if self.shaking is not None:
                        self.left = True
                        return
            super().close()

        def sendall(self, data, flags=0):
            self.shaken()
            super().sendall(data, flags)

        def recv(self, size=1024, flags=0):
            self.shaken()
            return super().recv(size, flags)

        def recv_into(self, *arguments):
            self.shaken()
            return super().recv_into(*arguments)


    waiting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    waiting.check_hostname = False
    waiting.verify_mode = ssl.CERT_NONE
    waiting.sslsocket_class = Client


    class Sockets(types.ModuleType):
        """The module ``socket`` as the tests see it."""

        def __getattr__(self, name):
            return getattr(socket, name)

        @staticmethod
        def socket(family, kind, proto=0):
            made = socket.socket(family, kind, proto)
            return waiting.wrap_socket(made, do_handshake_on_connect=False) if kind == socket.SOCK_STREAM else made

        @staticmethod
        def create_connection(address):
            client = waiting.wrap_socket(socket.create_connection(address), do_handshake_on_connect=False)
            client.begin()
            return client


    import test.support
    test.support.use_resources = ["network"]
    if suite == "test_socketserver":
        mix_into_all()
        from test import test_socketserver as tests
        assert tests.socketserver is socketserver
        if mixin == "TLSMixIn":
            tests.socket = Sockets("socket")
        chosen = None
    else:
        import http.client
        from test import test_httpservers as tests
        tests.HTTPServer = mixed(tests.HTTPServer)
        if mixin == "TLSMixIn":
            encrypted = http.client.HTTPSConnection
            http.client.HTTPConnection = lambda host, port: encrypted(host, port, context=context)
        chosen = ["BaseHTTPServerTestCase", "RequestHandlerLoggingTestCase", "SimpleHTTPServerTestCase"]
        chosen = [name for name in chosen if hasattr(tests, name)]
    program = unittest.main(tests, argv=[suite, "-v", *(chosen or [])], exit=False)
    print("SERVED", len(served), file=sys.stderr)
    sys.exit(not program.result.wasSuccessful())
    '''
)

# How many tests each suite has at least, and how many requests come to a handler by the mix-in in this process: those
# of a ForkingMixIn come in their children.
_TESTS = {"test_socketserver": 27, "test_httpservers": 30}
_REQUESTS = {"test_socketserver": 20, "test_httpservers": 60}


@pytest.mark.slow
@pytest.mark.parametrize("mixin", ["TLSMixIn", "FilterMixIn"])
@pytest.mark.parametrize("kind", ["stdlib", "compat"])
@pytest.mark.parametrize("suite", list(_TESTS))
def test_cpythons_own_suite_passes_with_a_mixin_in_all_servers(
    suite: str, kind: str, mixin: str, tmp_path: Path
) -> None:
    if importlib.util.find_spec("test") is None or importlib.util.find_spec(f"test.{suite}") is None:
        pytest.skip(f"{sys.executable} comes without its test package: CPython's own suite was NOT run")
    folder = tmp_path / "tls"
    folder.mkdir()
    files(folder)

    def run() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", _RUN, suite, kind, mixin, str(folder)],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=55,
            check=False,
        )

    ran = run()
    if ran.returncode != 0:
        # As CPython's own runner does (regrtest --rerun): its suites wait as an idle machine may.
        print(ran.stderr)
        ran = run()
    assert ran.returncode == 0, ran.stderr
    count = re.search(r"^Ran (\d+) tests", ran.stderr, re.MULTILINE)
    served = re.search(r"^SERVED (\d+)", ran.stderr, re.MULTILINE)
    assert count is not None, ran.stderr
    assert served is not None, ran.stderr
    assert int(count[1]) >= _TESTS[suite], ran.stderr
    assert int(served[1]) >= _REQUESTS[suite], ran.stderr
