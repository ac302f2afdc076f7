"""Programs, and what their procedures see and return: what a compiled module and a service are written against.

It knows numbers, codecs and objects; no bytes of a message, no connection and no server.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, IntEnum
from types import MappingProxyType
from typing import Any, Final, Generic, Literal, Protocol, TypeAlias, TypeVar, final

from typedserver.errors import CompositionError, RecipeError, TypedServerError
from typedserver.protocols.handlers import ServerContext
from typedserver.protocols.messages import Pending
from typedserver.protocols.requests import Address
from typedserver.recipes import shown
from typedserver.rpc.xdr import MAXIMUM, Decode, Encode

_A = TypeVar("_A")
_R = TypeVar("_R")
_ServiceT = TypeVar("_ServiceT")


class AuthStat(IntEnum):
    """Why a caller is refused (RFC 5531, 9)."""

    OK = 0
    BADCRED = 1
    REJECTEDCRED = 2
    BADVERF = 3
    REJECTEDVERF = 4
    TOOWEAK = 5
    INVALIDRESP = 6
    FAILED = 7
    KERB_GENERIC = 8
    TIMEEXPIRE = 9
    TKT_FILE = 10
    DECODE = 11
    NET_ADDR = 12
    RPCSEC_GSS_CREDPROBLEM = 13
    RPCSEC_GSS_CTXPROBLEM = 14


class Denied(TypedServerError, PermissionError):  # noqa: N818 - it says what becomes of the caller
    """Raised by a procedure, it refuses the caller: ``raise rpc.Denied(rpc.AuthStat.TOOWEAK)``."""

    def __init__(self, status: AuthStat) -> None:
        if status == AuthStat.OK:
            raise RecipeError("Denied(AuthStat.OK) must say why: give AuthStat.TOOWEAK, say")
        super().__init__(f"the caller is refused: {AuthStat(status).name}")
        self.status: Final = AuthStat(status)

    def __reduce__(self) -> "tuple[type[Denied], tuple[AuthStat]]":
        return type(self), (self.status,)


class NoReply(Enum):
    """The type of ``NO_REPLY``."""

    NO_REPLY = "NO_REPLY"

    def __repr__(self) -> str:
        return "NO_REPLY"


NO_REPLY: Final = NoReply.NO_REPLY
"""What a procedure returns whose caller waits for no reply: a one-way call."""

Result: TypeAlias = _R | Literal[NoReply.NO_REPLY] | Pending[_R | Literal[NoReply.NO_REPLY]]
"""What a procedure may return: its result, ``NO_REPLY``, or either later, as a ``concurrent.futures.Future``."""


@dataclass(frozen=True, slots=True)
class AuthSys:
    """Who calls, by his own word (AUTH_SYS, RFC 5531, appendix A): nothing here is proven.

    stamp: any number; machine_name: up to 255 bytes; gids: up to 16 further groups.
    """

    stamp: int
    machine_name: str
    uid: int
    gid: int
    gids: tuple[int, ...] = ()


@final
@dataclass(frozen=True, slots=True)
class Call:
    """A call as its procedure sees it.

    xid: the caller's number of it.
    credentials: who calls, by his own word; None if he does not say.
    client_address: where it has come from, which a datagram's sender may have made up.
    server: the server that has received it.
    """

    xid: int
    program: int
    version: int
    procedure: int
    credentials: AuthSys | None
    client_address: Address
    server: ServerContext


@final
@dataclass(frozen=True, slots=True)
class Procedure:
    """A procedure of a version; made by compiled modules.

    name: the method of the service that answers it: ``name(*arguments, call)``.
    decode: makes the arguments. encode: encodes the result.
    """

    name: str
    decode: Decode[tuple[object, ...]]
    encode: Encode[Any]


@final
@dataclass(frozen=True, slots=True, repr=False)
class Program:
    """A version of a program with the service that answers it; ``Version.served_by`` makes it.

    procedures: what answers each number, and its codecs.
    """

    name: str
    number: int
    version: int
    procedures: "Mapping[int, tuple[Procedure, Callable[..., object]]]"

    def __repr__(self) -> str:
        return f"<Program {self.name} {self.number:#x}, version {self.version}>"


@final
class Version(Generic[_ServiceT]):
    """A version of a program: its numbers and procedures; made by compiled modules.

    Procedure 0, which does nothing and says that the program is there, is answered without being given.

    Raises RecipeError for numbers beyond 32 bits.
    """

    __slots__ = ("name", "procedures", "program", "version")

    def __init__(self, name: str, program: int, version: int, procedures: Mapping[int, Procedure]) -> None:
        for what, number in (("program", program), ("version", version), *(("procedure", each) for each in procedures)):
            if not 0 <= number <= MAXIMUM:
                raise RecipeError(f"the {what} of {name}, {shown(number)}, must be a number of 32 bits")
        self.name: Final = name
        self.program: Final = program
        self.version: Final = version
        self.procedures: Final[Mapping[int, Procedure]] = MappingProxyType(dict(procedures))

    def served_by(self, service: _ServiceT, /) -> Program:
        """Return the program with the service that answers it: ``CALC_V1.served_by(Calculator())``.

        The methods are called in place: under ``Multiplexed`` and ``Asyncio`` they must not block, and may return a
        Future.

        Raises CompositionError if the service lacks a method, or if one is an ``async def``.
        """
        methods: dict[int, tuple[Procedure, Callable[..., object]]] = {}
        for number, procedure in self.procedures.items():
            method: object = getattr(service, procedure.name, None)
            if isinstance(service, type) or not callable(method):
                raise CompositionError(
                    f"{shown(service)} cannot serve {self!r}: it has no method {procedure.name}(..., call)"
                    + (": give an object of the class" if isinstance(service, type) else "")
                )
            if inspect.iscoroutinefunction(method):
                raise CompositionError(
                    f"{shown(service)} cannot serve {self!r}: {procedure.name} is an `async def`, which nobody would"
                    " await: let it be a `def` that returns its result or a concurrent.futures.Future of it"
                )
            methods[number] = (procedure, method)
        return Program(self.name, self.program, self.version, MappingProxyType(methods))

    def __repr__(self) -> str:
        return f"<Version {self.version} of {self.name} {self.program:#x}>"


class Client(Protocol):
    """What a compiled client calls by: ``TCPClient`` or ``UDPClient``, say."""

    def call(  # noqa: PLR0917 - what RFC 5531 names, then the codecs
        self, program: int, version: int, procedure: int, encode: Encode[_A], argument: _A, decode: Decode[_R], /
    ) -> _R:
        """Call a procedure and wait for its result; raises RPCError if there is none."""
        ...


class AsyncClient(Protocol):
    """What a compiled client of coroutines calls by."""

    async def call(  # noqa: PLR0917 - see Client
        self, program: int, version: int, procedure: int, encode: Encode[_A], argument: _A, decode: Decode[_R], /
    ) -> _R:
        """Call a procedure and wait for its result; raises RPCError if there is none."""
        ...
