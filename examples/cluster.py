"""A Dask cluster as an executor: `Submitted(lambda: Cluster(Client("tcp://scheduler:8786")), function)`.

`Client.get_executor` makes one as well. But if a worker is killed, some of its futures fail with ValueError ("too many
values to unpack"), and some may never be done (distributed 2026.8): it fetches a result, and asks only then how the
task has ended. By then the result may be lost again. This one only fetches it: `gather` waits for what must be computed
anew.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor, Future, InvalidStateError
from contextlib import suppress
from functools import partial
from typing import Any, ParamSpec, TypeVar

from typing_extensions import override

P = ParamSpec("P")
T = TypeVar("T")


class Cluster(Executor):
    """Has the workers of a cluster call functions; its shutdown closes the client, a `distributed.Client`.

    A cluster of this program's own, as a LocalCluster, is closed behind it. A client that has made its cluster closes
    that first. Then the client notices that the scheduler is gone, closes itself a second time, and logs the race.
    """

    def __init__(self, client: Any, cluster: Any = None) -> None:  # noqa: ANN401 - distributed has no types
        self._client = client
        self._cluster = cluster

    @override
    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        # By default two equal calls would be one task.
        task = self._client.submit(fn, *args, pure=False, **kwargs)
        future: Future[T] = Future()
        future.add_done_callback(partial(self._cancel_with, task))
        self._client.loop.add_callback(self._follow, task, future)
        return future

    def _cancel_with(self, task: object, future: Future[Any]) -> None:
        # Not in place: it would wait for the client's thread, and this may be that thread.
        if future.cancelled():
            self._client.loop.add_callback(self._client.cancel, [task], asynchronous=True)

    async def _follow(self, task: object, future: Future[T]) -> None:
        # The future may be cancelled by any thread at any time.
        with suppress(InvalidStateError):
            try:
                result = await self._client.gather(task, asynchronous=True)
            except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - it is the future's
                future.set_exception(error)
            else:
                future.set_result(result)
            finally:
                # The error's traceback names this frame: neither would be freed without the garbage collector.
                del task, future

    @override
    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self._client.close()
        if self._cluster is not None:
            self._cluster.close()
