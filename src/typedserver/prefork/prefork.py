"""Prefork: one server in many worker processes, which accept side by side.

It checks a recipe and wires a Lifetime with the workers (``workers.py``); it knows nothing of how they live.
"""

from collections.abc import Callable
from typing import Any, Final, Generic

from typing_extensions import TypeVar

from typedserver.config import DEFAULT_TIMEOUT
from typedserver.errors import CompositionError
from typedserver.group import Group
from typedserver.lifetime.drain_request import DrainRequest
from typedserver.lifetime.lifetime import Lifetime
from typedserver.lifetime.serving import Fact, Serving
from typedserver.lifetime.tree import nodes
from typedserver.prefork.sharing import check_shareable
from typedserver.prefork.supervisor import StartLimits
from typedserver.prefork.workers import Workers, WorkersRecipe
from typedserver.protocols.reactors import Reactor
from typedserver.protocols.servers import AnyServer, ListeningServer
from typedserver.reactor.selector_reactor import SelectorReactor
from typedserver.recipes import check_at_least, check_positive

ServerT_co = TypeVar("ServerT_co", bound=ListeningServer | Group, covariant=True, default=ListeningServer | Group)

# What gunicorn gives its workers, and Kubernetes a pod: who has not ended then is killed by somebody anyhow.
DEFAULT_STOP_TIMEOUT: Final = 30.0

# Longer than it takes to find out that a file or a port is missing. Who lives longer each time, or serves, is replaced
# for ever, at a rate that burns no processor.
DEFAULT_START_SECONDS: Final = 0.25

# Twice as long as a read may wait: under Inline a silent client holds the loop up for that, and is no error of the
# worker's. What holds it up for longer is, or it is a request that Inline should not have been given.
DEFAULT_HEARTBEAT: Final = 2 * DEFAULT_TIMEOUT

# With the pauses between them some seconds: enough for what mends itself, short enough for a new release that does not.
DEFAULT_START_RETRIES: Final = 5


class Prefork(Serving[Workers], Generic[ServerT_co]):
    """Serves with one server in many processes, each of which accepts and handles requests by itself. POSIX only.

    server: a Server, a Group, or any class with the methods of ListeningServer, such as ``http.server``'s, bound
    already.
    processes: how many workers.
    reuse_port: give each worker a listener of its own (SO_REUSEPORT, socket(7)) in place of one for all; for endpoints
    that have a ``reuse_port`` of their own (TCP, UDP), not opened before.
    stop_timeout: seconds that a worker has for its requests before it is killed, from when closing waits for it, or
    from when it leaves by itself; None: as long as they need.
    start_seconds: a worker that ends sooner after its start, and before its loop has begun, has failed to start.
    start_retries: of how many failed starts for each process, one after the other, it is tried again; where there are
    more, and no worker lives on, ``serve_forever`` raises CrashLoop.
    heartbeat: seconds after which a worker whose loop has not turned is killed and replaced; longer than the longest
    request where the loop itself serves it (Inline); None: never.
    reactor_factory: makes the loop that watches the workers. Theirs are made by the server's own config.

    The listener is opened once, by the parent. With one for all, whichever worker is free takes the next connection,
    and when a worker dies nothing is lost but what it had in hand. With one each, the kernel spreads connections evenly
    whether a worker is free or not, and what waits for one that has died waits for its replacement.

    A worker that ends is replaced, for whatever reason: also when its own server was asked to stop, by a handler, or by
    a SIGTERM to it alone. An exception that would have ended ``serve_forever`` ends one worker. One that stops is
    replaced at once, and ends when its requests are over. Workers that serve and soon end, again and again, are
    replaced with short pauses, fifty a second at the most. One whose loop hangs, for whatever reason, is killed
    (SIGKILL) with what it has in hand, after ``heartbeat`` to one and a half times that; what waits to be accepted is
    served by the others, or, with one listener each, by its replacement. Of threads and children that hang a loop knows
    nothing.

    Stopping sends the workers SIGTERM, by which each stops accepting, closes its server and waits as its strategy says;
    ``server_close`` waits for them. They take no notice of SIGINT, nor of any other signal that the parent handles by a
    function: one to the whole process group comes to the parent as well, which decides. When the parent has gone they
    stop by themselves, and end with what they have in hand, or after ``stop_timeout``.

    A drain has the kernel refuse new clients, once for all workers. Each of them then empties the queue, ends, and
    tells its report, of which Prefork's is the sum; SIGTERM means nothing more to it. One that ends in another way is
    replaced meanwhile, so that what waits is served. One that has not ended three seconds after the deadline is killed,
    and tells nothing of what it had in hand. ``suspend``, ``resume`` and ``reload`` reach all workers a moment after
    the call, and those that start later.

    A server of another class is made non-blocking, and its ``server_close`` runs in each worker as well. It is found to
    hang where it calls ``service_actions`` now and then, as ``socketserver``'s do, and not as a member of a Group. It
    is neither suspended nor reloaded; a drain stops it when nobody waits in its queue any more, and what it has in hand
    has until its worker is killed. In a Group a replacement is forked beside whatever threads the other servers of the
    group run (fork(2)).

    Raises RecipeError for numbers that can not work, CompositionError for what can not be shared by processes; opening
    and serving raise that for an executor (OnExecutor) that has started threads.
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
        check_positive("Prefork", "start_seconds", start_seconds, "give seconds")
        check_at_least("Prefork", "start_retries", start_retries, 0, "give how often to try again, or 0")
        for node in nodes(server):
            if isinstance(node, Prefork):
                raise CompositionError(f"Prefork cannot fork what forks workers itself: {node!r}; give processes= once")
        check_shareable(server, reuse_port=reuse_port)
        recipe = WorkersRecipe(
            processes, reuse_port, stop_timeout, heartbeat, StartLimits(start_seconds, start_retries * processes)
        )
        drain_request = DrainRequest()
        super().__init__(Lifetime(self, Workers(server, recipe, drain_request), drain_request, reactor_factory))
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
    def server_address(self: "Prefork[ListeningServer]") -> Any:
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
