"""A server as a part of an asyncio program: it serves in the loop that runs there while a block runs.

It knows what every server has in common. asyncio is imported by those who call, whose program has done so before.
"""

import contextlib
import threading
from collections.abc import AsyncGenerator, Callable
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from typedserver.errors import LifecycleError
from typedserver.lifecycle import State
from typedserver.lifetime.attachment import End
from typedserver.reactor.calls import call_in_loop
from typedserver.recipes import check_seconds

if TYPE_CHECKING:
    import asyncio

    from typedserver.lifetime.lifetime import Lifetime
    from typedserver.lifetime.serving import Serving

ServingT = TypeVar("ServingT", bound="Serving")


@contextlib.asynccontextmanager
async def serving(server: ServingT, deadline: float | None) -> AsyncGenerator[ServingT, None]:
    """Serve in the running loop while the block runs, then drain, as ``Serving.serving`` says."""
    check_seconds("serving", "deadline", deadline)
    loop = _running_loop("serving")
    failures: list[BaseException] = []
    ready: asyncio.Future[None] = loop.create_future()

    def ended(error: BaseException | None) -> None:
        if error is not None:
            failures.append(error)
        _settle(ready)

    lifetime = server.__lifetime__
    try:
        server.attach(loop, ended=ended)
    except BaseException:
        if lifetime.state is State.LISTENING:
            # It was opened, and nobody else will close it.
            server.server_close()
        raise
    lifetime.servable.call_when_ready(lambda: call_in_loop(loop, partial(_settle, ready)))
    try:
        await ready
        if not failures:
            yield server
    finally:
        try:
            await _drained(server, deadline, loop)
        finally:
            if failures:
                raise failures.pop()


async def left(lifetime: "Lifetime", interrupted: Callable[[BaseException], object] | None = None) -> None:
    """Wait until a server has left its loop, whichever that is.

    interrupted: called with a cancellation, in spite of which the wait goes on; None: it ends the wait.
    """
    loop = _running_loop("wait_closed")
    while (end := lifetime.end_ahead()) is not None:
        await _reached(end, loop, interrupted)


async def _reached(
    end: End, loop: "asyncio.AbstractEventLoop", interrupted: Callable[[BaseException], object] | None
) -> None:
    reached: asyncio.Future[None] = loop.create_future()

    def wake() -> None:
        call_in_loop(loop, partial(_settle, reached))

    end.call(wake)
    try:
        await _waited(reached, interrupted)
    finally:
        end.forget(wake)


async def _waited(future: "asyncio.Future[None]", interrupted: Callable[[BaseException], object] | None) -> None:
    import asyncio  # noqa: PLC0415 - see above

    while not future.done():
        try:
            # Futures and no tasks: a loop that ends cancels all tasks.
            await asyncio.wait({future})
        except asyncio.CancelledError as cancelled:
            if interrupted is None:
                raise
            interrupted(cancelled)
    future.result()


async def _drained(server: "Serving", deadline: float | None, loop: "asyncio.AbstractEventLoop") -> None:
    """Drain and close; whoever is cancelled meanwhile cuts what is left, and learns it in the end."""
    cancelled: list[BaseException] = []

    def interrupted(cancellation: BaseException) -> None:
        cancelled.append(cancellation)
        server.request_drain(0.0)

    server.request_drain(deadline)
    await left(server.__lifetime__, interrupted)
    await _closed(server, loop, interrupted)
    if cancelled:
        raise cancelled[0]


async def _closed(
    server: "Serving", loop: "asyncio.AbstractEventLoop", interrupted: Callable[[BaseException], object]
) -> None:
    """Close, in a thread, because that waits for workers, and these may wait for the loop."""
    closed: asyncio.Future[None] = loop.create_future()

    def close() -> None:
        failure: BaseException | None = None
        try:
            server.server_close()
        except BaseException as error:  # noqa: BLE001 - raised in the loop
            failure = error
        call_in_loop(loop, partial(_settle, closed, failure))

    thread = threading.Thread(target=close, name="closing a server")
    try:
        thread.start()
    except (RuntimeError, MemoryError):
        # No thread can be had: then the loop is held up for as long as the workers take.
        server.server_close()
        return
    await _waited(closed, interrupted)
    # It has done its work, and takes no more than its own end.
    thread.join()


def _settle(future: "asyncio.Future[None]", failure: BaseException | None = None) -> None:
    if future.done():
        return
    if failure is None:
        future.set_result(None)
    else:
        future.set_exception(failure)


def _running_loop(call: str) -> "asyncio.AbstractEventLoop":
    import asyncio  # noqa: PLC0415 - see above

    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        raise LifecycleError(
            f"{call}() waits in asyncio, and no loop of asyncio's runs here: "
            "elsewhere, serve_forever() serves, and drain() waits"
        ) from None
