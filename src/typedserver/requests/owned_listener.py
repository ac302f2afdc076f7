"""The one listener of a server: opened, adopted, withdrawn, shared and closed.

It knows an endpoint and its listener, nothing of loops or requests.

A program may open a listener and then fork by itself: to daemonize, or to serve it in several processes. Each process
that has it open may serve it, whichever has opened it. What one of them does to its own copy is no business of the
others': as long as another one serves, a drain leaves the kernel's socket and its file as they are, and a close closes
a copy. The last one that serves withdraws the socket, empties its queue and removes the file.
"""

import contextlib

from typedserver.composition import check_listener
from typedserver.errors import CompositionError, LifecycleError
from typedserver.events import CertificateExpires, Closed, Listening, Observer, Reloaded, ReloadFailed, expiring
from typedserver.lifetime.shared_port import SharedPort
from typedserver.lifetime.turns import tell
from typedserver.process.inheritance import close_after_fork
from typedserver.process.share import Share
from typedserver.protocols.endpoints import Endpoint, Listener, Withdrawal
from typedserver.protocols.handlers import ServerContext
from typedserver.protocols.requests import Address, RequestKind


class OwnedListener:
    """The listener of one server, and what other processes have to do with it.

    server: what messages and events name.
    endpoint: what opens it.
    observer: gets the events of its opening and its close.

    shared_port: the port that it has in common with others; None: it has its own.
    closed: whether it was closed for good; a drain does that before its end.
    """

    __slots__ = (
        "__weakref__",
        "_address",
        "_endpoint",
        "_observer",
        "_reported_close",
        "_served",
        "_server",
        "_serves",
        "_share",
        "_shared",
        "_withdrawal",
        "closed",
        "listener",
        "shared_port",
    )

    def __init__(self, server: ServerContext, endpoint: Endpoint[object, object], observer: Observer) -> None:
        self._server = server
        self._endpoint = endpoint
        self._observer = observer
        self.listener: Listener[object, object] | None = None
        self.closed: bool = False
        self.shared_port: SharedPort | None = None
        # Whether other processes accept from the same listener, which is then theirs to close for good.
        self._shared = False
        # Which processes that the program has forked serve it; None: there can be none.
        self._share: Share | None = None
        # Whether this process serves it, and whether it ever did.
        self._serves = self._served = False
        # What became of new clients when the listener was withdrawn; None: it was not.
        self._withdrawal: Withdrawal | None = None
        self._reported_close = False
        # Asked for once: a handler may want it when the listener is closed, as in a forked child.
        self._address: Address | None = None
        close_after_fork(self)

    @property
    def opened(self) -> Listener[object, object]:
        """The listener; raises LifecycleError before it is open."""
        if self.listener is None:
            raise LifecycleError(f"{self._server!r} is not open: use `with`, open() or serve_forever() first")
        return self.listener

    @property
    def address(self) -> Address:
        """The address that it is or was bound to; raises LifecycleError before it is open."""
        if self._address is None:
            return self.opened.server_address
        return self._address

    @property
    def request_kind(self) -> RequestKind:
        """What it gives."""
        return self._endpoint.request_kind

    def share_port(self, port: SharedPort) -> int:
        """Share a port with other listeners; returns 1 if it does, 0 if its endpoint leaves no port to the kernel."""
        # Any port would do for the question.
        if self._endpoint.on_port(1) is None:
            return 0
        self.shared_port = port
        port.join(self._port)
        return 1

    def _port(self) -> int:
        address = self._address
        return address[1] if isinstance(address, tuple) else 0

    @property
    def recipe(self) -> Endpoint[object, object]:
        """What opens it: the endpoint, on the port of those that it shares one with."""
        number = 0 if self.shared_port is None else self.shared_port.number
        return (self._endpoint.on_port(number) if number else None) or self._endpoint

    def open(self) -> None:
        """Open the listener, if that is not done."""
        if self.listener is None:
            # At once: if Ctrl-C comes next, it is closed with the server.
            self.listener = self.recipe.listen()
            self._check()
            self._address = self.listener.server_address
            self.report_open()

    def report_open(self) -> None:
        """Report that it is open, and which of its certificates end soon."""
        listener = self.opened
        tell(self._observer, Listening(self.address, server=self._server))
        self._report_old_certificates(listener)

    def _check(self) -> None:
        try:
            check_listener(self.listener)
        except CompositionError:
            self.listener = None
            raise

    def adopt(self, listener: Listener[object, object]) -> None:
        """Take a listener that is open, in place of the endpoint's; it is closed like that."""
        self.listener = listener
        self._address = listener.server_address

    def for_worker(self) -> "OwnedListener":
        """Return the same listener as a forked worker has it: one of those that share it."""
        self._close_share()
        copy = OwnedListener(self._server, self._endpoint, self._observer)
        copy.listener = self.listener
        copy._address = self._address
        # A source is not shared: each process opens its own, withdraws it and closes it.
        if self.request_kind != "messages":
            copy._shared = True
            copy._withdrawal = "shared"
        return copy

    def fileno(self) -> int:
        """Return the listening descriptor; -1 if it is not open."""
        return -1 if self.listener is None else self.listener.fileno()

    # In processes that are forked

    def leave_in_child(self, request: object, /) -> None:
        """In a child of this library: close this process's copy, unless ``request`` is answered through it."""
        # Once it is closed, its descriptor's number may be that of a request.
        if self.listener is not None and not self.closed:
            self.listener.leave_in_child(request)
            self._close_share()

    def before_fork(self) -> None:
        """Before the program forks: prepare to share the listener with the child, unless this process serves it."""
        if self.listener is None or self.closed or self._shared or self._serves:
            return
        if self._share is None:
            # Without descriptors nobody can know of the others: each process is on its own.
            with contextlib.suppress(OSError):
                self._share = Share()
                self._share.hold()
        if self._share is not None:
            self._share.before_fork()

    def after_fork(self) -> None:
        """In the parent, when the program has forked."""
        if self._share is not None:
            self._share.after_fork()

    def enter_child(self) -> None:
        """In a child of the program's: have a share in it if it is open; leave it alone if the parent serves it."""
        if self.listener is None or self.closed or self._shared:
            return
        if not self._serves:
            self._served = False
            if self._share is not None:
                self._share.enter_child()
            return
        self._shared, self._serves, self._withdrawal = True, False, "shared"
        self._close_share()
        # A child of a handler may answer datagrams through it. A process that lives on, of a pool say, would hold the
        # port of a server that has gone.
        if self.request_kind == "connections":
            self.close()

    # Serving

    def begin_to_serve(self) -> None:
        """Note that this process serves it; raises LifecycleError if the last process that did has withdrawn it."""
        if self._share is not None and not self._share.begin_use():
            raise LifecycleError(
                f"{self._server!r} cannot serve: the last process that served its listener has drained, and the kernel "
                "takes nothing new for that; open a new one"
            )
        self._serves = self._served = True

    def end_serving(self) -> None:
        """Note that this process does not serve it any more."""
        self._serves = False
        if self._share is not None and self._withdrawal is None:
            self._share.end_use()

    def _is_mine(self) -> bool:
        """Whether the listener is this process's to close for good; it does not serve it any more."""
        if self._shared:
            return False
        if self._share is None:
            return True
        # Who has never served it may have forked others for that, which have not begun.
        return self._share.is_unused() if self._served else self._share.is_nobodys()

    def _inherit(self) -> None:
        """Have the listener know that it is this process's, of all that the program has forked."""
        if self._share is not None and self.listener is not None:
            self.listener.inherit()

    def _close_share(self) -> None:
        share, self._share = self._share, None
        if share is not None:
            share.close()

    def share(self) -> None:
        """Note that another process has the same listening socket, and goes on serving it; from any thread."""
        self.opened.share()

    # What it has loaded from outside

    def reload(self) -> None:
        """Have it take over what has changed outside; raises, and reports, why it could not; from any thread."""
        listener = self.listener
        if listener is None:
            return
        try:
            listener.reload()
        except Exception as error:
            tell(self._observer, ReloadFailed(error, server=self._server))
            raise
        tell(self._observer, Reloaded(server=self._server))
        self._report_old_certificates(listener)

    @property
    def watch(self) -> float | None:
        """Every how many seconds ``reload_if_changed`` is to be called; None: never."""
        return self.opened.watch

    def reload_if_changed(self) -> None:
        """Reload it if what it has loaded has changed outside; the observer alone hears of a failure."""
        if self.listener is not None and not self.closed and self.listener.has_changed():
            with contextlib.suppress(Exception):
                self.reload()

    def _report_old_certificates(self, listener: Listener[object, object]) -> None:
        for state, seconds in expiring(listener.certificates):
            tell(self._observer, CertificateExpires(state.certificate, state.name, seconds, server=self._server))

    def withdraw(self) -> Withdrawal:
        """Have the kernel take nothing new, once and for good; returns what becomes of new clients.

        Not if other processes serve on by the same listener: the siblings of a worker, unless ``note_withdrawal`` has
        said otherwise.
        """
        if self._withdrawal is None:
            if self._share is not None and not self._share.is_unused():
                self._shared = True
                self._withdrawal = "shared"
            else:
                self._inherit()
                self._withdrawal = self.opened.withdraw()
                if self._share is not None and self._withdrawal in ("refusing", "settled"):
                    self._share.note_end()
        return self._withdrawal

    def note_withdrawal(self, withdrawal: Withdrawal) -> None:
        """Note that another process has withdrawn the listener that both have: a drain empties its queue."""
        if self.request_kind != "messages":
            self._withdrawal = withdrawal

    def retract(self) -> None:
        """Close the listener, so that it may be opened again."""
        if self.listener is not None:
            self._close(self.listener)
            self.listener = self._address = None

    def close(self) -> None:
        """Close the listener, or this process's copy if others share it; a second call does nothing."""
        if self.listener is None or self.closed:
            return
        self._close(self.listener)
        # Afterwards: if it was interrupted, another call does it.
        self.closed = True

    def _close(self, listener: Listener[object, object]) -> None:
        if self._is_mine():
            self._inherit()
            listener.close()
        else:
            listener.leave_in_child(None)
        # Afterwards: from now on a process that begins may find the kernel's socket as this one has left it.
        self._close_share()

    def report_close(self) -> None:
        """Report that the server is closed, once."""
        if self.listener is not None and not self._reported_close:
            self._reported_close = True
            tell(self._observer, Closed(self.address, server=self._server))
