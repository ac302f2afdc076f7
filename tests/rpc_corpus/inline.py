"""What inline.x declares.

Written by typedserver-rpcgen: change inline.x and compile it again.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar, Final, Literal, Protocol, TypeAlias

from typedserver import rpc
from typedserver.rpc import xdr

GREETING: Final = "hello\n"
INLINE: Final = 0x20000099
SECOND: Final = 0x2000009A


class OuterState(IntEnum):
    """``enum outer_state``."""

    OFF = 0
    ON = 1


@dataclass(frozen=True, slots=True)
class OuterPlace:
    """``struct outer_place``."""

    x: int
    y: int


@dataclass(frozen=True, slots=True)
class OuterInside:
    """``struct outer_inside``."""

    deep: str


@dataclass(frozen=True, slots=True)
class OuterChoiceTrue:
    """``union outer_choice``: True."""

    there: ClassVar[Literal[True]] = True
    inside: OuterInside


@dataclass(frozen=True, slots=True)
class OuterChoiceFalse:
    """``union outer_choice``: False."""

    there: ClassVar[Literal[False]] = False


OuterChoice: TypeAlias = OuterChoiceTrue | OuterChoiceFalse


@dataclass(frozen=True, slots=True)
class OuterMaybe:
    """``struct outer_maybe``."""

    id: int


class OuterLevels(IntEnum):
    """``enum outer_levels``."""

    LOW = 10
    HIGH = 20


@dataclass(frozen=True, slots=True)
class Outer:
    """``struct outer``."""

    state: OuterState
    place: OuterPlace
    choice: OuterChoice
    maybe: OuterMaybe | None
    levels: tuple[OuterLevels, ...]


class Direction(IntEnum):
    """``enum direction``."""

    NORTH = 1
    SOUTH = 2


@dataclass(frozen=True, slots=True)
class Step:
    """``struct step``."""

    towards: Direction


@dataclass(frozen=True, slots=True)
class MoveNorth:
    """``union move``: NORTH."""

    towards: ClassVar[Literal[Direction.NORTH]] = Direction.NORTH
    up: int


@dataclass(frozen=True, slots=True)
class MoveSouth:
    """``union move``: SOUTH."""

    towards: ClassVar[Literal[Direction.SOUTH]] = Direction.SOUTH
    down: int


Move: TypeAlias = MoveNorth | MoveSouth


@dataclass(frozen=True, slots=True)
class AB:
    """``struct a_b``."""

    x: int
    x_: int
    x__: int


@dataclass(frozen=True, slots=True)
class AB_:
    """``struct aB``."""

    x: int


class Named(IntEnum):
    """``enum named``."""

    name_ = 1
    mro_ = 2
    odd = 3


@dataclass(frozen=True, slots=True)
class Own:
    """``struct own``."""

    x: int


def encode_outer_state(out: xdr.Encoder, value: OuterState) -> None:
    """Encode ``outer_state``."""
    xdr.encode_enum(out, value, OuterState)


def decode_outer_state(data: xdr.Decoder) -> OuterState:
    """Decode ``outer_state``."""
    return xdr.decode_enum(data, OuterState)


_OUTERPLACE_1: Final = xdr.Run("i i", "x", "y")
_new_outerplace: Final = xdr.unfrozen(OuterPlace)


def encode_outer_place(out: xdr.Encoder, value: OuterPlace) -> None:
    """Encode ``outer_place``."""
    try:
        out += _OUTERPLACE_1.pack(value.x, value.y)
    except xdr.ENCODING as error:
        raise xdr.fault(error, _OUTERPLACE_1, value) from None


def decode_outer_place(data: xdr.Decoder) -> OuterPlace:
    """Decode ``outer_place``."""
    new = _new_outerplace()
    try:
        new.x, new.y = _OUTERPLACE_1.unpack_from(data.buffer, data.position)
        data.position += 8
    except xdr.DECODING as error:
        raise xdr.fault(error, _OUTERPLACE_1, data) from None
    new.__class__ = OuterPlace
    value: OuterPlace = new
    return value


_OUTERINSIDE_1: Final = xdr.SizedRun("I * x", "#deep", "deep")
_OUTERINSIDE_2: Final = xdr.Run("I", "#deep")
_OUTERINSIDE_3: Final = xdr.SizedRun("* s", "deep")
_new_outerinside: Final = xdr.unfrozen(OuterInside)


def encode_outer_inside(out: xdr.Encoder, value: OuterInside) -> None:
    """Encode ``outer_inside``."""
    at: xdr.Place = "deep"
    try:
        try:
            deep = value.deep.encode()
        except UnicodeEncodeError:
            deep = xdr.text(value.deep)
        deep_length = len(deep)
        at = _OUTERINSIDE_1
        out += _OUTERINSIDE_1[deep_length].pack(deep_length, deep)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_outer_inside(data: xdr.Decoder) -> OuterInside:
    """Decode ``outer_inside``."""
    new = _new_outerinside()
    at: xdr.Place = _OUTERINSIDE_2
    try:
        (deep_length,) = _OUTERINSIDE_2.unpack_from(data.buffer, data.position)
        data.position += 4
        at = _OUTERINSIDE_3
        deep, padding = _OUTERINSIDE_3[deep_length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        try:
            new.deep = deep.decode()
        except UnicodeDecodeError:
            new.deep = deep.decode("utf-8", "surrogateescape")
        data.position += (deep_length + 3) & -4
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = OuterInside
    value: OuterInside = new
    return value


_OUTERCHOICE_1: Final = xdr.Run("i", "there")
_OUTERCHOICETRUE_2: Final = xdr.SizedRun("i I * x", "there", "#inside.deep", "inside.deep")
_OUTERCHOICETRUE_3: Final = xdr.Run("I", "#inside.deep")
_OUTERCHOICETRUE_4: Final = xdr.SizedRun("* s", "inside.deep")
_new_outerchoicetrue: Final = xdr.unfrozen(OuterChoiceTrue)


def encode_outer_choice(out: xdr.Encoder, value: OuterChoice) -> None:
    """Encode ``outer_choice``."""
    at: xdr.Place = "there"
    try:
        if type(value) is OuterChoiceTrue:
            at = "inside.deep"
            try:
                inside_deep = value.inside.deep.encode()
            except UnicodeEncodeError:
                inside_deep = xdr.text(value.inside.deep)
            inside_deep_length = len(inside_deep)
            at = _OUTERCHOICETRUE_2
            out += _OUTERCHOICETRUE_2[inside_deep_length].pack(1, inside_deep_length, inside_deep)
        elif type(value) is OuterChoiceFalse:
            at = _OUTERCHOICE_1
            out += _OUTERCHOICE_1.pack(0)
        else:
            xdr.unmatched(value)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_outer_choice(data: xdr.Decoder) -> OuterChoice:
    """Decode ``outer_choice``."""
    try:
        (number,) = _OUTERCHOICE_1.unpack_from(data.buffer, data.position)
        data.position += 4
    except xdr.DECODING as error:
        raise xdr.fault(error, _OUTERCHOICE_1, data) from None
    return _decode_outer_choice_arm(data, number)


def _decode_outer_choice_arm(data: xdr.Decoder, number: int) -> OuterChoice:
    at: xdr.Place = "there"
    try:
        if number == 1:  # True
            new = _new_outerchoicetrue()
            inside = _new_outerinside()
            at = _OUTERCHOICETRUE_3
            (inside_deep_length,) = _OUTERCHOICETRUE_3.unpack_from(data.buffer, data.position)
            data.position += 4
            at = _OUTERCHOICETRUE_4
            inside_deep, padding = _OUTERCHOICETRUE_4[inside_deep_length].unpack_from(data.buffer, data.position)
            if padding not in xdr.ZEROS:
                raise xdr.unclean(padding)
            try:
                inside.deep = inside_deep.decode()
            except UnicodeDecodeError:
                inside.deep = inside_deep.decode("utf-8", "surrogateescape")
            data.position += (inside_deep_length + 3) & -4
            inside.__class__ = OuterInside
            new.inside = inside
            new.__class__ = OuterChoiceTrue
            value: OuterChoice = new
        elif number == 0:  # False
            value = OuterChoiceFalse()
        else:
            raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return value


_OUTERMAYBE_1: Final = xdr.Run("q", "id")
_new_outermaybe: Final = xdr.unfrozen(OuterMaybe)


def encode_outer_maybe(out: xdr.Encoder, value: OuterMaybe) -> None:
    """Encode ``outer_maybe``."""
    try:
        out += _OUTERMAYBE_1.pack(value.id)
    except xdr.ENCODING as error:
        raise xdr.fault(error, _OUTERMAYBE_1, value) from None


def decode_outer_maybe(data: xdr.Decoder) -> OuterMaybe:
    """Decode ``outer_maybe``."""
    new = _new_outermaybe()
    try:
        (new.id,) = _OUTERMAYBE_1.unpack_from(data.buffer, data.position)
        data.position += 8
    except xdr.DECODING as error:
        raise xdr.fault(error, _OUTERMAYBE_1, data) from None
    new.__class__ = OuterMaybe
    value: OuterMaybe = new
    return value


def encode_outer_levels(out: xdr.Encoder, value: OuterLevels) -> None:
    """Encode ``outer_levels``."""
    xdr.encode_enum(out, value, OuterLevels)


def decode_outer_levels(data: xdr.Decoder) -> OuterLevels:
    """Decode ``outer_levels``."""
    return xdr.decode_enum(data, OuterLevels)


_OUTERSTATE: Final = {each: each for each in OuterState}
_OUTER_1: Final = xdr.Run("i i i", "state", "place.x", "place.y")
_OUTER_2: Final = xdr.Run("i i i i", "state", "place.x", "place.y", "choice")
_new_outer: Final = xdr.unfrozen(Outer)


def encode_outer(out: xdr.Encoder, value: Outer) -> None:
    """Encode ``outer``."""
    at: xdr.Place = "state"
    try:
        state = _OUTERSTATE[value.state]
        at = _OUTER_1
        place = value.place
        out += _OUTER_1.pack(state, place.x, place.y)
        at = "choice"
        encode_outer_choice(out, value.choice)
        at = "maybe"
        if value.maybe is None:
            out += xdr.NO
        else:
            out += xdr.YES
            encode_outer_maybe(out, value.maybe)
        at = "levels"
        xdr.encode_array(out, value.levels, encode_outer_levels)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_outer(data: xdr.Decoder) -> Outer:
    """Decode ``outer``."""
    new = _new_outer()
    place = _new_outerplace()
    at: xdr.Place = _OUTER_2
    try:
        state, place.x, place.y, choice_case = _OUTER_2.unpack_from(data.buffer, data.position)
        data.position += 16
        at = "state"
        new.state = _OUTERSTATE[state]
        at = "choice"
        new.choice = _decode_outer_choice_arm(data, choice_case)
        at = "maybe"
        new.maybe = xdr.decode_optional(data, decode_outer_maybe)
        at = "levels"
        new.levels = xdr.decode_array(data, decode_outer_levels)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    place.__class__ = OuterPlace
    new.place = place
    new.__class__ = Outer
    value: Outer = new
    return value


def encode_direction(out: xdr.Encoder, value: Direction) -> None:
    """Encode ``direction``."""
    xdr.encode_enum(out, value, Direction)


def decode_direction(data: xdr.Decoder) -> Direction:
    """Decode ``direction``."""
    return xdr.decode_enum(data, Direction)


_DIRECTION: Final = {each: each for each in Direction}
_STEP_1: Final = xdr.Run("i", "towards")
_new_step: Final = xdr.unfrozen(Step)


def encode_step(out: xdr.Encoder, value: Step) -> None:
    """Encode ``step``."""
    at: xdr.Place = "towards"
    try:
        towards = _DIRECTION[value.towards]
        at = _STEP_1
        out += _STEP_1.pack(towards)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_step(data: xdr.Decoder) -> Step:
    """Decode ``step``."""
    new = _new_step()
    at: xdr.Place = _STEP_1
    try:
        (towards,) = _STEP_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "towards"
        new.towards = _DIRECTION[towards]
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = Step
    value: Step = new
    return value


_MOVE_1: Final = xdr.Run("i", "towards")
_MOVENORTH_2: Final = xdr.Run("i i", "towards", "up")
_MOVENORTH_3: Final = xdr.Run("i", "up")
_MOVESOUTH_4: Final = xdr.Run("i i", "towards", "down")
_MOVESOUTH_5: Final = xdr.Run("i", "down")
_new_movenorth: Final = xdr.unfrozen(MoveNorth)
_new_movesouth: Final = xdr.unfrozen(MoveSouth)


def encode_move(out: xdr.Encoder, value: Move) -> None:
    """Encode ``move``."""
    at: xdr.Place = "towards"
    try:
        if type(value) is MoveNorth:
            at = _MOVENORTH_2
            out += _MOVENORTH_2.pack(1, value.up)
        elif type(value) is MoveSouth:
            at = _MOVESOUTH_4
            out += _MOVESOUTH_4.pack(2, value.down)
        else:
            xdr.unmatched(value)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_move(data: xdr.Decoder) -> Move:
    """Decode ``move``."""
    try:
        (number,) = _MOVE_1.unpack_from(data.buffer, data.position)
        data.position += 4
    except xdr.DECODING as error:
        raise xdr.fault(error, _MOVE_1, data) from None
    return _decode_move_arm(data, number)


def _decode_move_arm(data: xdr.Decoder, number: int) -> Move:
    at: xdr.Place = "towards"
    try:
        if number == 1:  # NORTH
            new = _new_movenorth()
            at = _MOVENORTH_3
            (new.up,) = _MOVENORTH_3.unpack_from(data.buffer, data.position)
            data.position += 4
            new.__class__ = MoveNorth
            value: Move = new
        elif number == 2:  # SOUTH
            new = _new_movesouth()
            at = _MOVESOUTH_5
            (new.down,) = _MOVESOUTH_5.unpack_from(data.buffer, data.position)
            data.position += 4
            new.__class__ = MoveSouth
            value = new
        else:
            raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return value


_AB_1: Final = xdr.Run("i i i", "x", "x_", "x__")
_new_ab: Final = xdr.unfrozen(AB)


def encode_a_b(out: xdr.Encoder, value: AB) -> None:
    """Encode ``a_b``."""
    try:
        out += _AB_1.pack(value.x, value.x_, value.x__)
    except xdr.ENCODING as error:
        raise xdr.fault(error, _AB_1, value) from None


def decode_a_b(data: xdr.Decoder) -> AB:
    """Decode ``a_b``."""
    new = _new_ab()
    try:
        new.x, new.x_, new.x__ = _AB_1.unpack_from(data.buffer, data.position)
        data.position += 12
    except xdr.DECODING as error:
        raise xdr.fault(error, _AB_1, data) from None
    new.__class__ = AB
    value: AB = new
    return value


_AB__1: Final = xdr.Run("i", "x")
_new_ab_: Final = xdr.unfrozen(AB_)


def encode_ab(out: xdr.Encoder, value: AB_) -> None:
    """Encode ``aB``."""
    try:
        out += _AB__1.pack(value.x)
    except xdr.ENCODING as error:
        raise xdr.fault(error, _AB__1, value) from None


def decode_ab(data: xdr.Decoder) -> AB_:
    """Decode ``aB``."""
    new = _new_ab_()
    try:
        (new.x,) = _AB__1.unpack_from(data.buffer, data.position)
        data.position += 4
    except xdr.DECODING as error:
        raise xdr.fault(error, _AB__1, data) from None
    new.__class__ = AB_
    value: AB_ = new
    return value


def encode_named(out: xdr.Encoder, value: Named) -> None:
    """Encode ``named``."""
    xdr.encode_enum(out, value, Named)


def decode_named(data: xdr.Decoder) -> Named:
    """Decode ``named``."""
    return xdr.decode_enum(data, Named)


_OWN_1: Final = xdr.Run("i", "x")
_new_own: Final = xdr.unfrozen(Own)


def encode_own(out: xdr.Encoder, value: Own) -> None:
    """Encode ``own``."""
    try:
        out += _OWN_1.pack(value.x)
    except xdr.ENCODING as error:
        raise xdr.fault(error, _OWN_1, value) from None


def decode_own(data: xdr.Decoder) -> Own:
    """Decode ``own``."""
    new = _new_own()
    try:
        (new.x,) = _OWN_1.unpack_from(data.buffer, data.position)
        data.position += 4
    except xdr.DECODING as error:
        raise xdr.fault(error, _OWN_1, data) from None
    new.__class__ = Own
    value: Own = new
    return value


class InlineV1(Protocol):
    """What serves ``V1`` of ``INLINE``."""

    def walk(self, argument1: Step, argument2: Move, argument3: int, call: rpc.Call, /) -> rpc.Result[Step]:
        """Answer ``WALK``."""
        ...


INLINE_V1: Final = rpc.Version[InlineV1](
    "INLINE",
    INLINE,
    1,
    {1: rpc.Procedure("walk", xdr.arguments(decode_step, decode_move, xdr.decode_int), encode_step)},
)


def _encode_inline_v1_walk(out: xdr.Encoder, value: tuple[Step, Move, int]) -> None:
    encode_step(out, value[0])
    encode_move(out, value[1])
    xdr.encode_int(out, value[2])


class InlineV1Client:
    """Calls ``V1`` of ``INLINE`` and waits for the answers."""

    __slots__ = ("_client",)

    def __init__(self, client: rpc.Client, /) -> None:
        self._client = client

    def walk(self, argument1: Step, argument2: Move, argument3: int, /) -> Step:
        """Call ``WALK``."""
        return self._client.call(INLINE, 1, 1, _encode_inline_v1_walk, (argument1, argument2, argument3), decode_step)


class InlineV1AsyncClient:
    """Calls ``V1`` of ``INLINE`` from coroutines."""

    __slots__ = ("_client",)

    def __init__(self, client: rpc.AsyncClient, /) -> None:
        self._client = client

    async def walk(self, argument1: Step, argument2: Move, argument3: int, /) -> Step:
        """Call ``WALK``."""
        return await self._client.call(
            INLINE, 1, 1, _encode_inline_v1_walk, (argument1, argument2, argument3), decode_step
        )


class V2_(Protocol):
    """What serves ``V2`` of ``INLINE``."""

    def walk(self, argument: Step, call: rpc.Call, /) -> rpc.Result[None]:
        """Answer ``WALK``."""
        ...


V2: Final = rpc.Version[V2_](
    "INLINE",
    INLINE,
    2,
    {1: rpc.Procedure("walk", xdr.arguments(decode_step), xdr.encode_void)},
)


class V2Client:
    """Calls ``V2`` of ``INLINE`` and waits for the answers."""

    __slots__ = ("_client",)

    def __init__(self, client: rpc.Client, /) -> None:
        self._client = client

    def walk(self, argument: Step, /) -> None:
        """Call ``WALK``."""
        self._client.call(INLINE, 2, 1, encode_step, argument, xdr.decode_void)


class V2AsyncClient:
    """Calls ``V2`` of ``INLINE`` from coroutines."""

    __slots__ = ("_client",)

    def __init__(self, client: rpc.AsyncClient, /) -> None:
        self._client = client

    async def walk(self, argument: Step, /) -> None:
        """Call ``WALK``."""
        await self._client.call(INLINE, 2, 1, encode_step, argument, xdr.decode_void)


class SecondV1(Protocol):
    """What serves ``V1`` of ``SECOND``."""

    def get(self, call: rpc.Call, /) -> rpc.Result[Outer]:
        """Answer ``GET``."""
        ...

    def first(self, argument: AB_, call: rpc.Call, /) -> rpc.Result[AB]:
        """Answer ``FIRST``."""
        ...

    def second(self, call: rpc.Call, /) -> rpc.Result[Named]:
        """Answer ``SECOND``."""
        ...


SECOND_V1: Final = rpc.Version[SecondV1](
    "SECOND",
    SECOND,
    1,
    {
        0: rpc.Procedure("get", xdr.arguments(), encode_outer),
        1: rpc.Procedure("first", xdr.arguments(decode_ab), encode_a_b),
        2: rpc.Procedure("second", xdr.arguments(), encode_named),
    },
)


class SecondV1Client:
    """Calls ``V1`` of ``SECOND`` and waits for the answers."""

    __slots__ = ("_client",)

    def __init__(self, client: rpc.Client, /) -> None:
        self._client = client

    def get(self) -> Outer:
        """Call ``GET``."""
        return self._client.call(SECOND, 1, 0, xdr.encode_void, None, decode_outer)

    def first(self, argument: AB_, /) -> AB:
        """Call ``FIRST``."""
        return self._client.call(SECOND, 1, 1, encode_ab, argument, decode_a_b)

    def second(self) -> Named:
        """Call ``SECOND``."""
        return self._client.call(SECOND, 1, 2, xdr.encode_void, None, decode_named)


class SecondV1AsyncClient:
    """Calls ``V1`` of ``SECOND`` from coroutines."""

    __slots__ = ("_client",)

    def __init__(self, client: rpc.AsyncClient, /) -> None:
        self._client = client

    async def get(self) -> Outer:
        """Call ``GET``."""
        return await self._client.call(SECOND, 1, 0, xdr.encode_void, None, decode_outer)

    async def first(self, argument: AB_, /) -> AB:
        """Call ``FIRST``."""
        return await self._client.call(SECOND, 1, 1, encode_ab, argument, decode_a_b)

    async def second(self) -> Named:
        """Call ``SECOND``."""
        return await self._client.call(SECOND, 1, 2, xdr.encode_void, None, decode_named)
