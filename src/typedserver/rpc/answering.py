"""What answers a message: the call's procedure is found, called, and its result made a reply. All of it stands here.

It knows programs, messages and kept replies; no socket and no transport. Whoever has a message asks ``Answering``, and
sends what that returns.
"""

import logging
from collections.abc import Callable, Collection, Hashable, Sequence
from typing import Final, TypeAlias, final

from typing_extensions import TypeIs

from typedserver.errors import CompositionError, RecipeError
from typedserver.protocols.handlers import ServerContext
from typedserver.protocols.messages import Pending
from typedserver.protocols.requests import Address
from typedserver.recipes import check_at_least, check_callable, shown
from typedserver.rpc import xdr
from typedserver.rpc.duplicates import KeptReplies, Standing
from typedserver.rpc.later import ComingReply, LaterReply
from typedserver.rpc.programs import NO_REPLY, AuthStat, Call, Denied, Procedure, Program
from typedserver.rpc.rpc_messages import (
    GARBAGE_ARGS,
    PROC_UNAVAIL,
    PROG_UNAVAIL,
    SUCCESS,
    SYSTEM_ERR,
    RefusedCall,
    denied,
    read_call,
    version_mismatch,
)

_log: Final = logging.getLogger("typedserver")

Authorize: TypeAlias = Callable[[Call], AuthStat | None]

_make_call: Final = xdr.constructor(Call)

# A record of one fragment takes this much (RFC 5531, 11), and a datagram of IPv4 without the heads of IP and UDP.
LONGEST_RECORD: Final = 2**31 - 1
LONGEST_DATAGRAM: Final = 65_507

_XID: Final = 4
# By what calls differ, besides their peer and a checksum: the xid, the program, the version and the procedure.
_HEAD: Final = 24

_NULL: Final = 0


def _do_nothing(_call: Call) -> None:
    """Answer procedure 0, by which a caller asks whether the program is there."""


def _no_arguments(_data: xdr.Decoder) -> tuple[()]:
    return ()


_NULL_PROCEDURE: Final = Procedure("null", _no_arguments, xdr.encode_void)


def _forget(*_reply: object) -> None:
    """Keep no reply."""


@final
class _Served:
    """A procedure with what answers it. is_kept: whether its replies are kept. is_open: whether anybody may call it."""

    __slots__ = ("decode", "encode", "is_kept", "is_open", "method", "name")

    def __init__(self, name: str, procedure: Procedure, method: Callable[..., object], *, is_kept: bool) -> None:
        self.name: Final = name
        self.decode: Final = procedure.decode
        self.encode: Final = procedure.encode
        self.method: Final = method
        self.is_kept: Final = is_kept
        self.is_open: Final = method is _do_nothing


def host_of(client_address: Address) -> str | None:
    """Return whose calls over a stream are the same if they look the same: the port is another one after a loss.

    None for the peers of a Unix socket, on whose way nothing is lost.
    """
    return None if isinstance(client_address, str) else client_address[0]


@final
class Answering:
    """Answers the messages of all peers of one handler.

    programs: what is served. authorize: says why a caller is refused, or None. idempotent: methods that may run twice
    for one call. replies_kept, bytes_kept: how many replies are kept, and how many bytes they take. joins: whether a
    call that comes again while it runs is answered too; else it is dropped. longest: the most bytes of a reply.

    Raises CompositionError for programs that cannot be served together, RecipeError for other values.
    """

    __slots__ = ("_authorize", "_kept", "_longest", "_procedures", "_versions")

    def __init__(
        self,
        recipe: str,
        programs: Sequence[Program],
        *,
        authorize: Authorize | None,
        idempotent: Collection[str],
        replies_kept: int,
        bytes_kept: int,
        joins: bool,
        longest: int,
    ) -> None:
        check_callable(recipe, "authorize", authorize, "give a function of a Call", needed=False, takes=("call",))
        check_at_least(recipe, "replies_kept", replies_kept, 0, "give the most replies to keep, or 0 to keep none")
        check_at_least(recipe, "bytes_kept", bytes_kept, 1, "give the most bytes of the replies that are kept")
        self._authorize: Final = authorize
        self._kept: Final = KeptReplies(replies_kept, bytes_kept, joins=joins) if replies_kept else None
        self._longest: Final = longest
        self._versions: Final = _versions_of(recipe, programs)
        self._procedures: Final = _procedures_of(recipe, programs, idempotent)

    def __call__(
        self, message: bytes, peer: Hashable, client_address: Address, server: ServerContext, /
    ) -> bytes | Pending[bytes | None] | None:
        """Return the reply to a message, now or later; None for none. Raises FramingError for what is no call.

        peer: whose calls are the same if they look the same; None if nobody's are.
        """
        try:
            number, called, credentials, arguments_at = read_call(message)
        except RefusedCall as refusal:
            return message[:_XID] + refusal.reply
        served = self._procedures.get(called)
        if served is None:
            return message[:_XID] + self._unavailable(called)
        program, version, procedure = called
        call = _make_call(number, program, version, procedure, credentials, client_address, server)
        if self._authorize is not None and not served.is_open:
            status = self._refusal(self._authorize, call)
            if status is not None:
                return message[:_XID] + denied(status)
        data = xdr.Decoder(message, arguments_at)
        try:
            arguments = served.decode(data)
            data.finish()
        except xdr.XDRError:
            return message[:_XID] + GARBAGE_ARGS
        if self._kept is None or peer is None or not served.is_kept:
            reply = self._answer(served, arguments, call, message[:_XID])
            if isinstance(reply, LaterReply):
                reply.begin(_forget, _forget)
            return reply
        return self._answer_once(self._kept, served, arguments, call, message, peer)

    def __repr__(self) -> str:
        return ", ".join(f"program {program:#x}: {versions}" for program, versions in self._versions.items())

    def _unavailable(self, called: tuple[int, int, int]) -> bytes:
        program, version, _ = called
        versions = self._versions.get(program)
        if versions is None:
            return PROG_UNAVAIL
        return PROC_UNAVAIL if version in versions else version_mismatch(versions[0], versions[-1])

    def _refusal(self, authorize: Authorize, call: Call) -> AuthStat | None:
        try:
            status = authorize(call)
            return None if not status else AuthStat(status)
        except Exception:  # noqa: BLE001 - whatever it is, the caller is not let in
            _log.exception("authorize has failed for %r, so the caller is refused", call)
            return AuthStat.FAILED

    def _answer_once(  # noqa: PLR0917 - the parts of one call
        self,
        kept: KeptReplies,
        served: _Served,
        arguments: tuple[object, ...],
        call: Call,
        message: bytes,
        peer: Hashable,
    ) -> bytes | Pending[bytes | None] | None:
        # The hash of bytes is keyed anew in each process: nobody can make two calls that look the same.
        key = (peer, message[:_HEAD], hash(message))
        known = kept.begin(key)
        if known is Standing.RUNS:
            return None
        if known is not Standing.NEW:
            return known
        try:
            reply = self._answer(served, arguments, call, message[:_XID])
        except BaseException:
            # No Exception: it ends the program, or this thread.
            joined = kept.forget(key)
            if joined is not None:
                joined.come(message[:_XID] + SYSTEM_ERR)
            raise
        if not isinstance(reply, LaterReply):
            kept.finish(key, reply)
            return reply

        def begin_again() -> None:
            # Its caller has gone, and it was cancelled at the moment at which it has come again.
            joined = kept.forget(key)
            if joined is not None:
                _pass_on(self._answer_once(kept, served, arguments, call, message, peer), joined)

        reply.begin(lambda made: kept.finish(key, made), begin_again, lambda: kept.is_joined(key))
        return reply

    def _answer(
        self, served: _Served, arguments: tuple[object, ...], call: Call, xid: bytes
    ) -> bytes | LaterReply | None:
        """Call a procedure; returns its reply, or what will have it once it was begun."""
        try:
            result = served.method(*arguments, call)
            if type(result) not in _plain and _is_pending(result):
                return LaterReply(result, lambda: self._reply_of(served, result, xid))
            return self._reply(served, result, xid)
        except Exception as error:  # noqa: BLE001 - it takes the reply's place
            return _failure(served, error, xid)

    def _reply(self, served: _Served, result: object, xid: bytes) -> bytes | None:
        """Return the reply of a result; raises what encoding raises."""
        if result is NO_REPLY:
            return None
        out = xdr.Encoder()
        out += xid
        out += SUCCESS
        served.encode(out, result)
        if len(out) > self._longest:
            raise ValueError(f"a reply of {len(out)} bytes is too long: at most {self._longest} can be sent")
        return bytes(out)

    def _reply_of(self, served: _Served, pending: Pending[object], xid: bytes) -> bytes | None:
        """Return the reply of a result that has come."""
        try:
            failure = pending.exception()
            if failure is None:
                return self._reply(served, pending.result(), xid)
        except Exception as error:  # noqa: BLE001 - it was cancelled, or its result cannot be sent
            failure = error
        return _failure(served, failure, xid)


def _pass_on(reply: bytes | Pending[bytes | None] | None, joined: ComingReply) -> None:
    """Give a reply to those who have joined, now or later."""
    if reply is None or isinstance(reply, bytes):
        joined.come(reply)
    else:
        pending: Pending[bytes | None] = reply
        pending.add_done_callback(lambda _pending: joined.come(pending.result()))


def _failure(served: _Served, error: BaseException, xid: bytes) -> bytes:
    """Return the reply to a call that has failed."""
    if isinstance(error, Denied):
        return xid + denied(error.status)
    _log.error("%s has failed, and its caller was told SYSTEM_ERR", served.name, exc_info=error)
    return xid + SYSTEM_ERR


# Types of results of which it is known that they do not come later: asking each for its members is slow.
_plain: Final[set[type]] = {type(None), bool, int, float, str, bytes, tuple}


def _is_pending(result: object) -> TypeIs[Pending[object]]:
    if isinstance(result, Pending):
        return True
    _plain.add(type(result))
    return False


def _versions_of(recipe: str, programs: Sequence[Program]) -> dict[int, tuple[int, ...]]:
    """Return the versions of each program, the lowest first."""
    if not programs:
        raise CompositionError(f"{recipe} needs a program: give CALC_V1.served_by(service), say")
    versions: dict[int, set[int]] = {}
    for program in programs:
        if not _is_program(program):
            raise CompositionError(
                f"{recipe} serves programs, and {shown(program)} is none: give CALC_V1.served_by(service), say"
            )
        known = versions.setdefault(program.number, set())
        if program.version in known:
            raise CompositionError(f"{recipe} was given {program!r} twice: leave one out")
        known.add(program.version)
    return {number: tuple(sorted(known)) for number, known in versions.items()}


def _is_program(program: object) -> bool:
    return isinstance(program, Program)


def _procedures_of(
    recipe: str, programs: Sequence[Program], idempotent: Collection[str]
) -> dict[tuple[int, int, int], _Served]:
    known = {procedure.name for program in programs for procedure, _ in program.procedures.values()}
    if isinstance(idempotent, str) or not known.issuperset(idempotent):
        raise RecipeError(
            f"{recipe}(idempotent={shown(idempotent)}) must name methods of the services, which are {sorted(known)}"
        )
    found: dict[tuple[int, int, int], _Served] = {}
    for program in programs:
        found[program.number, program.version, _NULL] = _Served(
            f"procedure 0 of {program!r}", _NULL_PROCEDURE, _do_nothing, is_kept=False
        )
        for number, (procedure, method) in program.procedures.items():
            found[program.number, program.version, number] = _Served(
                f"{procedure.name} of {program!r}", procedure, method, is_kept=procedure.name not in idempotent
            )
    return found
