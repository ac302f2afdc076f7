"""What all clients of RPC have: calls that block, and calls to be awaited.

They are the faces of ``Calls`` (client_calls.py), in which all of it happens. Which transport it is, is not known here.
"""

import copy
from concurrent.futures import Future
from types import TracebackType
from typing import Self, TypeVar, final

from typedserver.coroutines.drive import drive
from typedserver.errors import QueueClosed
from typedserver.rpc import xdr
from typedserver.rpc.client_calls import Call, CallOptions, Calls, Program, with_options
from typedserver.rpc.client_later import Later
from typedserver.rpc.programs import AuthSys

A = TypeVar("A")
R = TypeVar("R")


class _Client:
    """What all clients have: their connection, and how they make their calls."""

    def __init__(self, calls: Calls, options: CallOptions) -> None:
        self._calls = calls
        self._options = options

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._calls!r}>"

    def using(
        self, *, timeout: float | None = None, credentials: AuthSys | None = None, idempotent: bool | None = None
    ) -> Self:
        """Return a client that makes its calls otherwise, over the same connection; None leaves what is set.

        ``NFS3Client(client.using(idempotent=True))``: so a generated client makes all its calls.

        timeout: seconds that a call may take, with the connection if one must be made.
        credentials: who calls (AUTH_SYS), as far as the server believes it.
        idempotent: whether a call may run twice: then it is made again if the connection is lost, until its time is
        over. Without that it fails by ConnectionLost, because the server may have run it.

        Raises RecipeError for values that cannot work. The connection ends when any of its clients is closed.
        """
        other = copy.copy(self)
        other._options = with_options(self._options, timeout, credentials, idempotent)  # noqa: SLF001 - its own class
        return other

    def _encoded(self, program: Program, procedure: int, encode: xdr.Encode[A], argument: A) -> Call:
        return self._calls.encode(program, procedure, encode, argument, self._options.identity)


class BlockingClient(_Client):
    """Calls that block their thread, from any number of threads at once over one connection.

    They are matched to their replies by numbers, so that none waits for another's. The connection is made by the first
    call, and made again when it is lost. A process that is forked makes one of its own.

    Not for coroutines: their loop would stand still. It is a context manager that closes it.
    """

    def __init__(self, calls: Calls, options: CallOptions) -> None:
        super().__init__(calls, options)
        self._later = Later()

    def call(  # noqa: PLR0917 - the contract of generated clients
        self, program: int, version: int, procedure: int, encode: xdr.Encode[A], argument: A, decode: xdr.Decode[R], /
    ) -> R:
        """Make a call and return its result; this is what generated clients call.

        Raises a class of RPCError for what the server answers, or RPCTimedOut; ConnectError if it cannot be reached;
        XDRError if the argument has no bytes; LifecycleError in a callback of ``call_later``'s future.
        """
        self._later.check_caller()
        call = self._encoded((program, version), procedure, encode, argument)
        return drive(self._calls.perform(call, decode, self._options))

    def call_later(  # noqa: PLR0917 - the contract of generated clients
        self, program: int, version: int, procedure: int, encode: xdr.Encode[A], argument: A, decode: xdr.Decode[R], /
    ) -> Future[R]:
        """Make a call in another thread, and return the future of its result, which fails by what ``call`` raises.

        That the future is cancelled does not take the call back. Raises XDRError, and ClientClosed.
        """
        call = self._encoded((program, version), procedure, encode, argument)
        calls, options = self._calls, self._options
        try:
            return self._later.submit(lambda: calls.perform(call, decode, options))
        except QueueClosed:
            raise calls.was_closed() from None

    def send(self, program: int, version: int, procedure: int, encode: xdr.Encode[A], argument: A, /) -> None:
        """Make a call to which there is no reply (RFC 5531, 8.4.1), and return when the kernel has it.

        Raises ConnectionLost, ConnectError, DatagramTooLong and XDRError.
        """
        with self.batch() as batch:
            batch.send(program, version, procedure, encode, argument)

    def batch(self) -> "Batch":
        """Begin a block of calls without replies, ``with client.batch() as batch: batch.send(...)``.

        They are sent at once at its end, in their order (RFC 5531, 8.4.1); none if the block raises.
        """
        return Batch(self._calls, self._options)

    def close(self) -> None:
        """End the connection: calls that are under way fail by ClientClosed. From any thread, any number of times."""
        self._calls.close()
        self._later.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        self.close()


class CoroutineClient(_Client):
    """Calls to be awaited, from any number of coroutines at once over one connection, under every strategy.

    As BlockingClient otherwise. It is an async context manager that closes it.
    """

    async def call(  # noqa: PLR0917 - the contract of generated clients
        self, program: int, version: int, procedure: int, encode: xdr.Encode[A], argument: A, decode: xdr.Decode[R], /
    ) -> R:
        """Make a call and return its result, as BlockingClient's; if it is cancelled, the server may run it yet."""
        call = self._encoded((program, version), procedure, encode, argument)
        return await self._calls.perform(call, decode, self._options)

    async def send(self, program: int, version: int, procedure: int, encode: xdr.Encode[A], argument: A, /) -> None:
        """Make a call to which there is no reply, as BlockingClient's."""
        async with self.batch() as batch:
            batch.send(program, version, procedure, encode, argument)

    def batch(self) -> "AsyncBatch":
        """Begin a block of calls without replies, ``async with client.batch() as batch: batch.send(...)``."""
        return AsyncBatch(self._calls, self._options)

    def close(self) -> None:
        """End the connection: calls that are under way fail by ClientClosed."""
        self._calls.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        self.close()


class _Gathering:
    """Calls that are gathered to be sent at once."""

    def __init__(self, calls: Calls, options: CallOptions) -> None:
        self._calls = calls
        self._options = options
        self._messages: dict[Program, list[bytes]] = {}

    def send(self, program: int, version: int, procedure: int, encode: xdr.Encode[A], argument: A, /) -> None:
        """Add a call; raises XDRError if the argument has no bytes."""
        key = program, version
        call = self._calls.encode(key, procedure, encode, argument, self._options.identity)
        self._messages.setdefault(key, []).append(call.message)


@final
class Batch(_Gathering):
    """Calls that are sent at once when their block ends, and get no replies; ``BlockingClient.batch`` makes it."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        if kind is None:
            for program, messages in self._messages.items():
                drive(self._calls.send(program, messages, self._options))


@final
class AsyncBatch(_Gathering):
    """Calls that are sent at once when their block ends, and get no replies; ``CoroutineClient.batch`` makes it."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, _error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        if kind is None:
            for program, messages in self._messages.items():
                await self._calls.send(program, messages, self._options)
