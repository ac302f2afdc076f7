"""The one listener of a server: opened, adopted, withdrawn, shared and closed.

It knows an endpoint and its listener, nothing of loops or requests.
"""

from typedserver.composition import check_listener
from typedserver.errors import CompositionError, LifecycleError
from typedserver.events import Closed, Listening, Observer
from typedserver.lifetime.turns import tell
from typedserver.process.inheritance import close_after_fork
from typedserver.protocols.endpoints import Endpoint, Listener, Withdrawal
from typedserver.protocols.requests import Address, RequestKind


class OwnedListener:
    """The listener of one server, and what other processes have to do with it.

    server: what messages name.
    endpoint: what opens it.
    observer: gets the events of its opening and its close.

    closed: whether it was closed for good; a drain does that before its end.
    """

    __slots__ = (
        "__weakref__",
        "_address",
        "_endpoint",
        "_observer",
        "_reported_close",
        "_server",
        "_shared",
        "_withdrawal",
        "closed",
        "listener",
    )

    def __init__(self, server: object, endpoint: Endpoint[object, object], observer: Observer) -> None:
        self._server = server
        self._endpoint = endpoint
        self._observer = observer
        self.listener: Listener[object, object] | None = None
        self.closed: bool = False
        # Whether other processes accept from the same listener, which is then theirs to close for good.
        self._shared = False
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

    def open(self) -> None:
        """Open the listener, if that is not done."""
        if self.listener is None:
            # At once: if Ctrl-C comes next, it is closed with the server.
            self.listener = self._endpoint.listen()
            self._check()
            self._address = self.listener.server_address
            tell(self._observer, Listening(self._address))

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
        copy = OwnedListener(self._server, self._endpoint, self._observer)
        copy.listener = self.listener
        copy._address = self._address
        copy._shared = True
        copy._withdrawal = "shared"
        return copy

    def fileno(self) -> int:
        """Return the listening descriptor; -1 if it is not open."""
        return -1 if self.listener is None else self.listener.fileno()

    def leave_in_child(self, request: object, /) -> None:
        """In a forked child: close this process's copy, unless ``request`` is answered through it."""
        # Once it is closed, its descriptor's number may be that of a request.
        if self.listener is not None and not self.closed:
            self.listener.leave_in_child(request)

    def share(self) -> None:
        """Note that another process has the same listening socket, and goes on serving it; from any thread."""
        self.opened.share()

    def reload(self) -> None:
        """Have it take over what has changed outside; from any thread."""
        if self.listener is not None:
            self.listener.reload()

    def withdraw(self) -> Withdrawal:
        """Have the kernel take nothing new, once and for good; returns what becomes of new clients.

        Not if other processes serve on by the same listener: the siblings of a worker, unless ``note_withdrawal`` has
        said otherwise.
        """
        if self._withdrawal is None:
            self._withdrawal = self.opened.withdraw()
        return self._withdrawal

    def note_withdrawal(self, withdrawal: Withdrawal) -> None:
        """Note that another process has withdrawn the listener that both have: a drain empties its queue."""
        self._withdrawal = withdrawal

    def retract(self) -> None:
        """Close the listener, so that it may be opened again."""
        if self.listener is not None:
            self.listener.close()
            self.listener = self._address = None

    def close(self) -> None:
        """Close the listener, or this process's copy if others share it; a second call does nothing."""
        if self.listener is None or self.closed:
            return
        if self._shared:
            self.listener.leave_in_child(None)
        else:
            self.listener.close()
        # Afterwards: if it was interrupted, another call does it.
        self.closed = True

    def report_close(self) -> None:
        """Report that the server is closed, once."""
        if self.listener is not None and not self._reported_close:
            self._reported_close = True
            tell(self._observer, Closed(self.address))
