"""Prefork: one server in many worker processes, which accept side by side.

It checks a recipe and wires a Lifetime with the workers (``workers.py``); it knows nothing of how they live.
"""

from collections.abc import Callable
from typing import Any, Final, Generic

from typing_extensions import TypeVar

from typedserver.config import DEFAULT_TIMEOUT
from typedserver.errors import CompositionError
from typedserver.group import Group, Members
from typedserver.lifetime.drain_request import DrainRequest
from typedserver.lifetime.lifetime import Lifetime
from typedserver.lifetime.serving import Fact, Serving
from typedserver.lifetime.tree import is_ours, nodes
from typedserver.prefork.restarts import StartLimits
from typedserver.prefork.sharing import check_shareable
from typedserver.prefork.workers import Workers, WorkersRecipe
from typedserver.protocols.reactors import Reactor
from typedserver.protocols.servers import AnyServer, ListeningServer
from typedserver.reactor.selector_reactor import SelectorReactor
from typedserver.recipes import check_at_least, check_callable, check_flags, check_positive

ServerT_co = TypeVar("ServerT_co", bound=ListeningServer | Group, covariant=True, default=ListeningServer | Group)

# Seconds. gunicorn gives its workers as long, and Kubernetes a pod: whatever has not ended then is killed anyhow.
DEFAULT_STOP_TIMEOUT: Final = 30.0

# Seconds: longer than it takes to find out that a file or a port is missing. A worker that lives longer, or serves, is
# replaced for ever, at a rate that burns no processor.
DEFAULT_START_SECONDS: Final = 0.25

# Twice the read timeout. Under Inline a silent client may block the loop for one read timeout without any fault of the
# worker; a longer block is a bug, or a request too slow for Inline.
DEFAULT_HEARTBEAT: Final = 2 * DEFAULT_TIMEOUT

# With the pauses between them these take some seconds: enough for a fault that mends itself, and soon enough to give up
# a release that does not start.
DEFAULT_START_RETRIES: Final = 5


class Prefork(Serving[Workers], Generic[ServerT_co]):
    """Serves with one server in many processes, each of which accepts and handles requests by itself. POSIX only.

    server: a Server, a Group, or any class with the methods of ListeningServer, such as ``http.server``'s, which is
    bound already.
    processes: how many workers.
    reuse_port: give each worker a listener of its own (SO_REUSEPORT, socket(7)) instead of one for all; for endpoints
    that can share a port (TCP, UDP), which were not opened before.
    stop_timeout: seconds that a worker has for its requests before it is killed, from when closing waits for it, or
    from when it leaves by itself; None: as long as they need.
    start_seconds: a worker that ends sooner after its start, and before its loop has begun, has failed to start.
    start_retries: how many failed starts in a row are tried again, for each process; if there are more, and no worker
    lives on, ``serve_forever`` raises CrashLoop.
    heartbeat: seconds after which a worker whose loop has not turned is killed and replaced; longer than the longest
    request if the loop itself serves it (Inline); None: never.
    reactor_factory: makes the loop that watches the workers. Theirs are made by the server's own config.

    The parent opens the listener once. If all workers share it, whichever is free takes the next connection, and when a
    worker dies nothing is lost but what it had in hand. If each has its own, the kernel spreads connections evenly, and
    what waits for a worker that has died waits for its replacement.

    A worker that ends is replaced, whatever the reason. A stop sends the workers SIGTERM; they ignore SIGINT and any
    other signal that the parent handles by a function, because a signal to the process group reaches the parent, which
    decides. When the parent has gone, they stop by themselves.

    A drain has the kernel refuse new clients, once for all workers; each then empties the queue and ends. A worker that
    has not ended three seconds after the deadline is killed. ``suspend``, ``resume`` and ``reload`` reach all workers a
    moment after the call. docs/guide.md has the details, also of foreign servers and of a Prefork in a Group.

    Raises RecipeError for numbers that cannot work, CompositionError for what processes cannot share; opening and
    serving raise that for an executor (OnExecutor) that has started threads.
    """

    def __init__(
        self,
        server: ServerT_co,
        processes: int,
        *,
        reuse_port: bool = False,
        stop_timeout: float | None = DEFAULT_STOP_TIMEOUT,
        start_seconds: float = DEFAULT_START_SECONDS,
        start_retries: int = DEFAULT_START_RETRIES,
        heartbeat: float | None = DEFAULT_HEARTBEAT,
        reactor_factory: Callable[[], Reactor] = SelectorReactor,
    ) -> None:
        check_at_least("Prefork", "processes", processes, 1, "give how many workers shall serve")
        check_positive("Prefork", "stop_timeout", stop_timeout, "give seconds, or None to wait for ever")
        check_positive("Prefork", "heartbeat", heartbeat, "give seconds, or None to take no worker for hung")
        check_positive("Prefork", "start_seconds", start_seconds, "give seconds", needed=True)
        check_at_least("Prefork", "start_retries", start_retries, 0, "give how often to try again, or 0")
        check_flags("Prefork", reuse_port=reuse_port)
        check_callable("Prefork", "reactor_factory", reactor_factory, "give what makes a loop")
        for node in nodes(server):
            if isinstance(node, Prefork):
                raise CompositionError(f"Prefork cannot fork what forks workers itself: {node!r}; give processes= once")
            if is_ours(node) and isinstance(node.__lifetime__.servable, Members) and node.__lifetime__.servable.beside:
                raise CompositionError(
                    f"Prefork would have each worker shown by itself, and {node!r} is shown as a whole: give Operated "
                    "the Prefork"
                )
        check_shareable(server, reuse_port=reuse_port)
        recipe = WorkersRecipe(
            processes, reuse_port, stop_timeout, heartbeat, StartLimits(start_seconds, start_retries * processes)
        )
        drain_request = DrainRequest()
        super().__init__(Lifetime(self, Workers(self, server, recipe, drain_request), drain_request, reactor_factory))
        # Typed here: what serves it need not know which kind of server it is.
        self.__server__: ServerT_co = server

    def __repr__(self) -> str:
        recipe = self.__lifetime__.servable.recipe
        return f"Prefork({self.__server__!r}, {recipe.processes}{', reuse_port=True' if recipe.reuse_port else ''})"

    @Fact
    def server(self) -> ServerT_co:
        """The server that runs in each worker."""
        return self.__server__

    @Fact
    def processes(self) -> int:
        """How many workers it keeps."""
        return self.__lifetime__.servable.recipe.processes

    @property
    def server_address(self: "Prefork[ListeningServer]") -> Any:  # noqa: ANN401 - the server's own kind of address
        """The address that the server is bound to; a group has none, but each of its servers has."""
        return self.__server__.server_address

    def fileno(self: "Prefork[ListeningServer]") -> int:
        """Return the listening descriptor; with ``reuse_port`` that of the first worker."""
        return self.__server__.fileno()

    @Fact
    def pids(self) -> tuple[int, ...]:
        """The processes of the workers, those included that are about to end; from any thread."""
        return self.__lifetime__.servable.pids


_conforms: type[AnyServer] = Prefork
