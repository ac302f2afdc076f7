"""The one listener of a server: opened, adopted, withdrawn, shared and closed.

It knows an endpoint and its listener, nothing of loops or requests.
"""

from typedserver.composition import check_listener
from typedserver.errors import CompositionError, LifecycleError
from typedserver.events import Closed, Listening, Observer, tell
from typedserver.protocols.endpoints import Endpoint, Listener, Withdrawal
from typedserver.protocols.requests import RequestKind
from typedserver.recipes import has_methods


class OwnedListener:
    """The listener of one server, and what other processes have to do with it.

    server: what messages name.
    endpoint: what opens it.
    observer: is told when it is opened, and when it is closed.
    """

    __slots__ = ("_endpoint", "_observer", "_reported_close", "_server", "_shared", "_withdrawal", "listener")

    def __init__(self, server: object, endpoint: Endpoint[object, object], observer: Observer) -> None:
        self._server = server
        self._endpoint = endpoint
        self._observer = observer
        self.listener: Listener[object, object] | None = None
        # Whether other processes accept from the same listener, which is then theirs to close for good.
        self._shared = False
        # What became of new clients when the listener was withdrawn; None: it was not.
        self._withdrawal: Withdrawal | None = None
        self._reported_close = False

    @property
    def opened(self) -> Listener[object, object]:
        """The listener; raises LifecycleError before it is open."""
        if self.listener is None:
            raise LifecycleError(f"{self._server!r} is not open: use `with`, open() or serve_forever() first")
        return self.listener

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
            tell(self._observer, Listening(self.listener.server_address))

    def _check(self) -> None:
        listener = self.listener
        try:
            check_listener(listener)
        except CompositionError:
            self.listener = None
            if listener is not None and has_methods(listener, "close"):
                listener.close()
            raise

    def adopt(self, listener: Listener[object, object]) -> None:
        """Take a listener that is open, in place of the endpoint's; it is closed like that."""
        self.listener = listener

    def for_worker(self) -> "OwnedListener":
        """Return the same listener as a forked worker has it: one of those that share it."""
        copy = OwnedListener(self._server, self._endpoint, self._observer)
        copy.listener = self.listener
        copy._shared = True
        copy._withdrawal = "shared"
        return copy

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
            self.listener = None

    def close(self) -> None:
        """Close the listener, or this process's copy if others share it; a second call does nothing."""
        if self.listener is None:
            return
        if self._shared:
            self.listener.leave_in_child(None)
        else:
            self.listener.close()

    def report_close(self) -> None:
        """Report that the server is closed, once."""
        if self.listener is not None and not self._reported_close:
            self._reported_close = True
            tell(self._observer, Closed(self.listener.server_address))
