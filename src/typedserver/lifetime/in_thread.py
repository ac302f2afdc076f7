"""A server that serves in a thread of its own while a block runs, as tests have it.

It knows what every server has in common, and nothing of tests.
"""

import contextlib
import threading
from collections.abc import Generator
from typing import Final, TypeVar

from typedserver.errors import ends_the_program
from typedserver.lifetime.serving import Serving
from typedserver.recipes import check_seconds

ServingT = TypeVar("ServingT", bound=Serving)

# Seconds: a test that leaves a handler behind fails to see it end, and need not wait for as long as a program does.
DEFAULT_DEADLINE: Final = 5.0


@contextlib.contextmanager
def serving(server: ServingT, *, deadline: float | None = DEFAULT_DEADLINE) -> Generator[ServingT, None, None]:
    """Open a server and serve in a thread while the block runs; gives the block the server, and drains it in the end.

    server: a Server, a Group or a Prefork. A server of another class is served in a Group.
    deadline: seconds that running requests have when the block is over, before they are cut, from 0 to ``math.inf``;
    None: as configured (``Deadlines(drain=)``). ``server.drain_report`` says afterwards whether any was cut.

    The block begins when the server serves. It may stop, drain or close the server by itself.

    Raises ListenError if it cannot be opened, RecipeError for a deadline as ``drain`` does, and what ended
    ``serve_forever`` in the thread: before the block if it did not come to serve, or else after the block. An exception
    of the block is then that one's ``__context__``. Main thread or any other, but none that serves.

    ``with serving(Server(TCP(port=0), handler, Threads())) as server: ...``
    """
    check_seconds("serving", "deadline", deadline)
    failures: list[BaseException] = []
    begun = threading.Event()

    def serve() -> None:
        try:
            server.serve_forever()
        except BaseException as error:  # noqa: BLE001 - raised by the thread that has started this one
            failures.append(error)
        finally:
            begun.set()

    # Before it opens: from then on there is something to be closed.
    server.when_ready(begun.set)
    thread = threading.Thread(target=serve, name="serving")
    broke: BaseException | None = None
    try:
        server.open()
        thread.start()
        begun.wait()
        if not failures:
            yield server
    except BaseException as error:
        broke = error
        raise
    finally:
        try:
            _end(server, thread, deadline, drains=not failures)
        finally:
            if failures and not (broke is not None and ends_the_program(broke)):
                raise failures.pop()


def _end(server: Serving, thread: threading.Thread, deadline: float | None, *, drains: bool) -> None:
    try:
        # A drain serves whatever waits for a server that does not serve: not if that has just failed.
        if drains and thread.ident is not None:
            server.drain(deadline)
    finally:
        server.server_close()
        if thread.ident is not None:
            thread.join()
