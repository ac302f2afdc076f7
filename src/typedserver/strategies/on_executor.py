"""OnExecutor: each request in a thread of an executor that the caller has made and keeps.

It knows ``concurrent.futures``: what its executors promise, and which of them run functions out of this interpreter.
"""

import os
import sys
import threading
from concurrent.futures import CancelledError, Executor, Future
from dataclasses import dataclass
from functools import partial
from typing import Final, NoReturn

from typedserver.errors import CompositionError
from typedserver.protocols.reactors import Reactor
from typedserver.protocols.strategies import ConcurrencyStrategy, Dispatcher, RequestProcessor
from typedserver.recipes import has_methods
from typedserver.strategies.bases import BaseDispatcher, BaseStrategy
from typedserver.strategies.workers import serve_apart

# Seconds that an executor of unknown kind may take for its first call. If it leaves the process, it fails at once,
# because the function cannot be pickled. If a call takes longer, all threads are busy with something else.
_PROBE_PATIENCE: Final = 5.0

# Executors of the standard library, by module and name: if one was made, its module was imported, and can be looked up.
# To import it here would load multiprocessing into every program.
_HERE: Final = (("concurrent.futures.thread", "ThreadPoolExecutor"),)
_ELSEWHERE: Final = (
    ("concurrent.futures.process", "ProcessPoolExecutor"),
    # A ThreadPoolExecutor, but each of its threads is in an interpreter of its own (Python 3.14).
    ("concurrent.futures.interpreter", "InterpreterPoolExecutor"),
)

_WHY: Final = (
    "a live socket cannot go there: it belongs to this process, and does not pickle. "
    "Use Forks() or Prefork for processes, or OnExecutor(ThreadPoolExecutor())"
)

_LOST: Final = (
    "they do not survive a fork, and requests would wait for them for ever. "
    "Give OnExecutor an executor that has run nothing yet: each process starts threads of its own"
)


@dataclass(frozen=True, slots=True, repr=False)
class OnExecutor(BaseStrategy):
    """Serve each request in a thread of ``executor``, which belongs to the caller: the server never shuts it down.

    executor: a ThreadPoolExecutor, or any other that runs functions in threads of this process.

    Its queue has no bound: ``Bounded(OnExecutor(executor), n)`` pauses accepting while it has n requests. Closing the
    server waits for its own requests, and for nothing else that the executor runs. If the executor refuses a request,
    or cancels it, the request is closed and reported as failed.

    Threads do not survive a fork(2), and an executor does not notice that it has lost them. For Prefork, or if the
    program forks by itself, give an executor that has run nothing yet: each process then starts threads of its own.

    Raises CompositionError if ``executor`` is no executor, or runs functions in other processes.
    """

    executor: Executor

    def __post_init__(self) -> None:
        if not has_methods(self.executor, "submit"):
            raise CompositionError(f"{self.executor!r} is no executor: give OnExecutor a ThreadPoolExecutor()")
        if _is_any_of(_ELSEWHERE, self.executor):
            raise CompositionError(f"{self.executor!r} runs functions outside this interpreter: {_WHY}")

    def start(self, processor: RequestProcessor[object], _reactor: Reactor | None, /) -> Dispatcher:
        """Begin work for a server.

        An executor of unknown kind must run a function that cannot leave this process, within five seconds. Raises
        CompositionError if it does not run it here, or has lost its threads by a fork.
        """
        if _has_lost_threads(self.executor):
            raise CompositionError(f"{self.executor!r} has started threads in the parent of this process: {_LOST}")
        # The standard library's threads are known to be here, and may all be busy.
        if not _is_any_of(_HERE, self.executor):
            _check_runs_here(self.executor)
        return _OnExecutorDispatcher(self.executor, processor)

    def check_before_fork(self) -> None:
        """Raise CompositionError if the executor has threads, because a child forked now would not have them."""
        if _threads_of(self.executor):
            raise CompositionError(f"{self.executor!r} has started threads before Prefork forks its workers: {_LOST}")

    def __repr__(self) -> str:
        return f"OnExecutor({self.executor!r})"


_conforms: type[ConcurrencyStrategy[object]] = OnExecutor


def _is_any_of(kinds: tuple[tuple[str, str], ...], executor: Executor) -> bool:
    return any(isinstance(executor, getattr(sys.modules.get(module), name, ())) for module, name in kinds)


def _threads_of(executor: Executor) -> set[threading.Thread]:
    # In the attributes of the standard library's executors. If one was shut down, or has broken, it raises by itself.
    over = getattr(executor, "_shutdown", False) or getattr(executor, "_broken", False)
    return set() if over else set(getattr(executor, "_threads", ()))


def _has_lost_threads(executor: Executor) -> bool:
    # Without a fork, they end when the executor is shut down, and not before.
    return any(not thread.is_alive() for thread in _threads_of(executor))


class _Probe:
    """A function that cannot be pickled, and returns itself: if that comes back, it ran in this very process."""

    def __call__(self) -> tuple["_Probe", int]:
        return self, os.getpid()

    def __reduce__(self) -> NoReturn:
        raise TypeError("it must not leave this process")


def _check_runs_here(executor: Executor) -> None:
    probe = _Probe()
    try:
        who, pid = executor.submit(probe).result(_PROBE_PATIENCE)
    except TimeoutError as error:
        raise CompositionError(
            f"{executor!r} has not run a function within {_PROBE_PATIENCE:g} seconds: "
            "give OnExecutor one of threads in this process that are free to serve"
        ) from error
    # Any error, because pickling fails with errors of many kinds and libraries.
    except Exception as error:
        raise CompositionError(f"{executor!r} cannot run a function in this process ({error}): {_WHY}") from error
    if who is not probe or pid != os.getpid():
        raise CompositionError(f"{executor!r} runs functions in another process: {_WHY}")


class _Call:
    """One request, as the function that the executor runs.

    begun: whether it was called.
    over: whether the request was released.
    """

    __slots__ = ("_processor", "begun", "client_address", "over", "request")

    def __init__(self, processor: RequestProcessor[object], request: object, client_address: object) -> None:
        self._processor = processor
        self.request = request
        self.client_address = client_address
        self.begun = False
        self.over = False

    def __call__(self) -> None:
        if self.over:
            # Ctrl-C came after the submission, inside ``submit``: the client was refused.
            return
        self.begun = True
        # It reports what would end the thread: nobody would look for that in the future.
        serve_apart(self._processor, self.request, self.client_address)


class _OnExecutorDispatcher(BaseDispatcher):
    """Counts its own calls, because the executor may run other functions as well."""

    __slots__ = ("_changed", "_executor", "_open", "_processor")

    has_capacity = True

    def __init__(self, executor: Executor, processor: RequestProcessor[object]) -> None:
        self._executor = executor
        self._processor = processor
        self._open = 0
        self._changed = threading.Condition()

    def process_request(self, request: object, client_address: object, /) -> None:
        call = _Call(self._processor, request, client_address)
        with self._changed:
            self._open += 1
        try:
            future = self._executor.submit(call)
        except BaseException as error:
            # RuntimeError if it was shut down, or has broken. Only this client is refused; the server goes on.
            self._refuse(call, error)
            if not isinstance(error, Exception):
                raise
            return
        # Called exactly once, in the thread that has ended or cancelled the call.
        future.add_done_callback(partial(self._done, call))

    def _done(self, call: _Call, future: "Future[None]") -> None:
        if call.begun:
            self._release(call, None)
        elif future.cancelled():
            self._refuse(call, CancelledError("the executor was shut down before it was the request's turn"))
        else:
            self._refuse(call, future.exception())

    def _refuse(self, call: _Call, error: BaseException | None) -> None:
        try:
            self._processor.close_request(call.request)
        finally:
            self._release(call, error)

    def _release(self, call: _Call, error: BaseException | None) -> None:
        if call.over:
            return
        call.over = True
        try:
            self._processor.release(call.request, call.client_address, error)
        finally:
            with self._changed:
                self._open -= 1
                self._changed.notify_all()

    def close(self, timeout: float | None = None, /) -> int:
        """Wait for the requests that it has taken, at most ``timeout`` seconds; returns how many are left."""
        with self._changed:
            self._changed.wait_for(lambda: not self._open, timeout)
            return self._open
