"""What echoes.x declares.

Written by typedserver-rpcgen: change echoes.x and compile it again.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar, Final, Literal, Protocol, TypeAlias

from typedserver import rpc
from typedserver.rpc import xdr

FEW: Final = 4
ECHOES: Final = 0x20000042


class Colour(IntEnum):
    """``enum colour``."""

    RED = 1
    GREEN = 2
    NONE = -1


@dataclass(frozen=True, slots=True)
class Scalars:
    """``struct scalars``."""

    a_int: int
    an_unsigned: int
    a_hyper: int
    an_unsigned_hyper: int
    a_float: float
    a_double: float
    a_bool: bool
    a_colour: Colour


@dataclass(frozen=True, slots=True)
class Sequences:
    """``struct sequences``."""

    few: bytes
    some: bytes
    text: str
    numbers: tuple[int, ...]
    large: tuple[int, ...]
    names: str


@dataclass(frozen=True, slots=True)
class ChoiceRed:
    """``union choice``: RED."""

    which: ClassVar[Literal[Colour.RED]] = Colour.RED
    number: int


@dataclass(frozen=True, slots=True)
class ChoiceGreen:
    """``union choice``: GREEN."""

    which: ClassVar[Literal[Colour.GREEN]] = Colour.GREEN
    text: str


@dataclass(frozen=True, slots=True)
class ChoiceNone:
    """``union choice``: NONE."""

    which: ClassVar[Literal[Colour.NONE]] = Colour.NONE


Choice: TypeAlias = ChoiceRed | ChoiceGreen | ChoiceNone


@dataclass(frozen=True, slots=True)
class Node:
    """An element of ``struct node``, a linked list: a tuple of them stands for it."""

    value: int


@dataclass(frozen=True, slots=True)
class Optional:
    """``struct optional``."""

    maybe: Scalars | None
    list: tuple[Node, ...]


Words: TypeAlias = str


Block: TypeAlias = bytes


def encode_colour(out: xdr.Encoder, value: Colour) -> None:
    """Encode ``colour``."""
    xdr.encode_enum(out, value, Colour)


def decode_colour(data: xdr.Decoder) -> Colour:
    """Decode ``colour``."""
    return xdr.decode_enum(data, Colour)


_COLOUR: Final = {each: each for each in Colour}
_SCALARS_1: Final = xdr.Run(
    "i I q Q f d i i",
    "a_int",
    "an_unsigned",
    "a_hyper",
    "an_unsigned_hyper",
    "a_float",
    "a_double",
    "a_bool",
    "a_colour",
)
_new_scalars: Final = xdr.unfrozen(Scalars)


def encode_scalars(out: xdr.Encoder, value: Scalars) -> None:
    """Encode ``scalars``."""
    at: xdr.Place = "a_bool"
    try:
        a_bool = xdr.BOOL[value.a_bool]
        at = "a_colour"
        a_colour = _COLOUR[value.a_colour]
        at = _SCALARS_1
        out += _SCALARS_1.pack(
            value.a_int,
            value.an_unsigned,
            value.a_hyper,
            value.an_unsigned_hyper,
            value.a_float,
            value.a_double,
            a_bool,
            a_colour,
        )
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_scalars(data: xdr.Decoder) -> Scalars:
    """Decode ``scalars``."""
    new = _new_scalars()
    at: xdr.Place = _SCALARS_1
    try:
        (
            new.a_int,
            new.an_unsigned,
            new.a_hyper,
            new.an_unsigned_hyper,
            new.a_float,
            new.a_double,
            a_bool,
            a_colour,
        ) = _SCALARS_1.unpack_from(data.buffer, data.position)
        data.position += 44
        at = "a_bool"
        new.a_bool = xdr.BOOL[a_bool]
        at = "a_colour"
        new.a_colour = _COLOUR[a_colour]
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = Scalars
    value: Scalars = new
    return value


_SEQUENCES_1: Final = xdr.Run("I", "#some")
_SEQUENCES_2: Final = xdr.SizedRun("I * x", "#text", "text")
_SEQUENCES_3: Final = xdr.SizedRun("I * x", "#names", "names")
_SEQUENCES_4: Final = xdr.Run("I", "#text")
_SEQUENCES_5: Final = xdr.SizedRun("* s", "text")
_SEQUENCES_6: Final = xdr.Run("I", "#names")
_SEQUENCES_7: Final = xdr.SizedRun("* s", "names")
_new_sequences: Final = xdr.unfrozen(Sequences)


def encode_sequences(out: xdr.Encoder, value: Sequences) -> None:
    """Encode ``sequences``."""
    at: xdr.Place = "few"
    try:
        xdr.encode_fixed_opaque(out, value.few, FEW)
        at = "some"
        some = value.some
        some_length = len(some)
        at = _SEQUENCES_1
        out += _SEQUENCES_1.pack(some_length)
        at = "some"
        out += some
        if some_length & 3:
            out += xdr.PADDING[some_length & 3]
        at = "text"
        try:
            text = value.text.encode()
        except UnicodeEncodeError:
            text = xdr.text(value.text)
        text_length = len(text)
        at = _SEQUENCES_2
        out += _SEQUENCES_2[text_length].pack(text_length, text)
        at = "numbers"
        xdr.encode_fixed_numbers(out, value.numbers, "i", FEW)
        at = "large"
        xdr.encode_numbers(out, value.large, "q")
        at = "names"
        try:
            names = value.names.encode()
        except UnicodeEncodeError:
            names = xdr.text(value.names)
        names_length = len(names)
        if names_length > 8:
            raise xdr.too_long(names_length, 8)
        at = _SEQUENCES_3
        out += _SEQUENCES_3[names_length].pack(names_length, names)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_sequences(data: xdr.Decoder) -> Sequences:
    """Decode ``sequences``."""
    new = _new_sequences()
    at: xdr.Place = "few"
    try:
        new.few = xdr.decode_fixed_opaque(data, FEW)
        at = _SEQUENCES_1
        (some_length,) = _SEQUENCES_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "some"
        new.some = xdr.opaque_of(data, some_length)
        at = _SEQUENCES_4
        (text_length,) = _SEQUENCES_4.unpack_from(data.buffer, data.position)
        data.position += 4
        at = _SEQUENCES_5
        text, padding = _SEQUENCES_5[text_length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        try:
            new.text = text.decode()
        except UnicodeDecodeError:
            new.text = text.decode("utf-8", "surrogateescape")
        data.position += (text_length + 3) & -4
        at = "numbers"
        new.numbers = xdr.decode_fixed_numbers(data, "i", FEW)
        at = "large"
        new.large = xdr.decode_numbers(data, "q")
        at = _SEQUENCES_6
        (names_length,) = _SEQUENCES_6.unpack_from(data.buffer, data.position)
        data.position += 4
        at = _SEQUENCES_7
        if names_length > 8:
            raise xdr.too_long(names_length, 8)
        names, padding = _SEQUENCES_7[names_length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        try:
            new.names = names.decode()
        except UnicodeDecodeError:
            new.names = names.decode("utf-8", "surrogateescape")
        data.position += (names_length + 3) & -4
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = Sequences
    value: Sequences = new
    return value


_CHOICE_1: Final = xdr.Run("i", "which")
_CHOICERED_2: Final = xdr.Run("i i", "which", "number")
_CHOICERED_3: Final = xdr.Run("i", "number")
_CHOICEGREEN_4: Final = xdr.SizedRun("i I * x", "which", "#text", "text")
_CHOICEGREEN_5: Final = xdr.Run("I", "#text")
_CHOICEGREEN_6: Final = xdr.SizedRun("* s", "text")
_new_choicered: Final = xdr.unfrozen(ChoiceRed)
_new_choicegreen: Final = xdr.unfrozen(ChoiceGreen)


def encode_choice(out: xdr.Encoder, value: Choice) -> None:
    """Encode ``choice``."""
    at: xdr.Place = "which"
    try:
        if type(value) is ChoiceRed:
            at = _CHOICERED_2
            out += _CHOICERED_2.pack(1, value.number)
        elif type(value) is ChoiceGreen:
            at = "text"
            try:
                text = value.text.encode()
            except UnicodeEncodeError:
                text = xdr.text(value.text)
            text_length = len(text)
            at = _CHOICEGREEN_4
            out += _CHOICEGREEN_4[text_length].pack(2, text_length, text)
        elif type(value) is ChoiceNone:
            at = _CHOICE_1
            out += _CHOICE_1.pack(-1)
        else:
            xdr.unmatched(value)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_choice(data: xdr.Decoder) -> Choice:
    """Decode ``choice``."""
    try:
        (number,) = _CHOICE_1.unpack_from(data.buffer, data.position)
        data.position += 4
    except xdr.DECODING as error:
        raise xdr.fault(error, _CHOICE_1, data) from None
    return _decode_choice_arm(data, number)


def _decode_choice_arm(data: xdr.Decoder, number: int) -> Choice:
    at: xdr.Place = "which"
    try:
        if number == 1:  # RED
            new = _new_choicered()
            at = _CHOICERED_3
            (new.number,) = _CHOICERED_3.unpack_from(data.buffer, data.position)
            data.position += 4
            new.__class__ = ChoiceRed
            value: Choice = new
        elif number == 2:  # GREEN
            new = _new_choicegreen()
            at = _CHOICEGREEN_5
            (text_length,) = _CHOICEGREEN_5.unpack_from(data.buffer, data.position)
            data.position += 4
            at = _CHOICEGREEN_6
            text, padding = _CHOICEGREEN_6[text_length].unpack_from(data.buffer, data.position)
            if padding not in xdr.ZEROS:
                raise xdr.unclean(padding)
            try:
                new.text = text.decode()
            except UnicodeDecodeError:
                new.text = text.decode("utf-8", "surrogateescape")
            data.position += (text_length + 3) & -4
            new.__class__ = ChoiceGreen
            value = new
        elif number == -1:  # NONE
            value = ChoiceNone()
        else:
            raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return value


_NODE_1: Final = xdr.Run("i", "value")
_NODE_2: Final = xdr.Run("i i", "more", "value")
_new_node: Final = xdr.unfrozen(Node)


def encode_node(out: xdr.Encoder, value: Node) -> None:
    """Encode ``node``."""
    try:
        out += _NODE_1.pack(value.value)
    except xdr.ENCODING as error:
        raise xdr.fault(error, _NODE_1, value) from None


def decode_node(data: xdr.Decoder) -> Node:
    """Decode ``node``."""
    new = _new_node()
    try:
        (new.value,) = _NODE_1.unpack_from(data.buffer, data.position)
        data.position += 4
    except xdr.DECODING as error:
        raise xdr.fault(error, _NODE_1, data) from None
    new.__class__ = Node
    value: Node = new
    return value


def _decode_list_of_node(data: xdr.Decoder) -> tuple[Node, ...]:
    values: list[Node] = []
    append = values.append
    buffer = data.buffer
    position = end = data.position
    try:
        while True:
            new = _new_node()
            more, new.value = _NODE_2.unpack_from(buffer, end)
            end += 8
            if more != 1:
                break
            new.__class__ = Node
            append(new)
            position = end
    except xdr.DECODING:
        # The decoder of one element raises it again, with the path to what is wrong.
        pass
    data.position = position
    return xdr.decode_list(data, decode_node, values)


_new_optional: Final = xdr.unfrozen(Optional)


def encode_optional(out: xdr.Encoder, value: Optional) -> None:
    """Encode ``optional``."""
    at = "maybe"
    try:
        if value.maybe is None:
            out += xdr.NO
        else:
            out += xdr.YES
            encode_scalars(out, value.maybe)
        at = "list"
        xdr.encode_list(out, value.list, encode_node)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_optional(data: xdr.Decoder) -> Optional:
    """Decode ``optional``."""
    new = _new_optional()
    at = "maybe"
    try:
        new.maybe = xdr.decode_optional(data, decode_scalars)
        at = "list"
        new.list = _decode_list_of_node(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = Optional
    value: Optional = new
    return value


def encode_words(out: xdr.Encoder, value: Words) -> None:
    """Encode ``words``."""
    xdr.encode_string(out, value)


def decode_words(data: xdr.Decoder) -> Words:
    """Decode ``words``."""
    return xdr.decode_string(data)


def encode_block(out: xdr.Encoder, value: Block) -> None:
    """Encode ``block``."""
    xdr.encode_opaque(out, value)


def decode_block(data: xdr.Decoder) -> Block:
    """Decode ``block``."""
    return xdr.decode_opaque(data)


class EchoesV1(Protocol):
    """What serves ``ECHOES_V1`` of ``ECHOES``."""

    def nothing(self, call: rpc.Call, /) -> rpc.Result[None]:
        """Answer ``NOTHING``."""
        ...

    def an_int(self, argument: int, call: rpc.Call, /) -> rpc.Result[int]:
        """Answer ``AN_INT``."""
        ...

    def an_unsigned_hyper(self, argument: int, call: rpc.Call, /) -> rpc.Result[int]:
        """Answer ``AN_UNSIGNED_HYPER``."""
        ...

    def a_double(self, argument: float, call: rpc.Call, /) -> rpc.Result[float]:
        """Answer ``A_DOUBLE``."""
        ...

    def a_bool(self, argument: bool, call: rpc.Call, /) -> rpc.Result[bool]:
        """Answer ``A_BOOL``."""
        ...

    def a_colour(self, argument: Colour, call: rpc.Call, /) -> rpc.Result[Colour]:
        """Answer ``A_COLOUR``."""
        ...

    def some_words(self, argument: Words, call: rpc.Call, /) -> rpc.Result[Words]:
        """Answer ``SOME_WORDS``."""
        ...

    def a_block(self, argument: Block, call: rpc.Call, /) -> rpc.Result[Block]:
        """Answer ``A_BLOCK``."""
        ...

    def scalars(self, argument: Scalars, call: rpc.Call, /) -> rpc.Result[Scalars]:
        """Answer ``SCALARS``."""
        ...

    def sequences(self, argument: Sequences, call: rpc.Call, /) -> rpc.Result[Sequences]:
        """Answer ``SEQUENCES``."""
        ...

    def a_choice(self, argument: Choice, call: rpc.Call, /) -> rpc.Result[Choice]:
        """Answer ``A_CHOICE``."""
        ...

    def an_optional(self, argument: Optional, call: rpc.Call, /) -> rpc.Result[Optional]:
        """Answer ``AN_OPTIONAL``."""
        ...


ECHOES_V1: Final = rpc.Version[EchoesV1](
    "ECHOES",
    ECHOES,
    1,
    {
        1: rpc.Procedure("nothing", xdr.arguments(), xdr.encode_void),
        2: rpc.Procedure("an_int", xdr.arguments(xdr.decode_int), xdr.encode_int),
        3: rpc.Procedure("an_unsigned_hyper", xdr.arguments(xdr.decode_unsigned_hyper), xdr.encode_unsigned_hyper),
        4: rpc.Procedure("a_double", xdr.arguments(xdr.decode_double), xdr.encode_double),
        5: rpc.Procedure("a_bool", xdr.arguments(xdr.decode_bool), xdr.encode_bool),
        6: rpc.Procedure("a_colour", xdr.arguments(decode_colour), encode_colour),
        7: rpc.Procedure("some_words", xdr.arguments(decode_words), encode_words),
        8: rpc.Procedure("a_block", xdr.arguments(decode_block), encode_block),
        9: rpc.Procedure("scalars", xdr.arguments(decode_scalars), encode_scalars),
        10: rpc.Procedure("sequences", xdr.arguments(decode_sequences), encode_sequences),
        11: rpc.Procedure("a_choice", xdr.arguments(decode_choice), encode_choice),
        12: rpc.Procedure("an_optional", xdr.arguments(decode_optional), encode_optional),
    },
)


class EchoesV1Client:
    """Calls ``ECHOES_V1`` of ``ECHOES`` and waits for the answers."""

    __slots__ = ("_client",)

    def __init__(self, client: rpc.Client, /) -> None:
        self._client = client

    def nothing(self) -> None:
        """Call ``NOTHING``."""
        self._client.call(ECHOES, 1, 1, xdr.encode_void, None, xdr.decode_void)

    def an_int(self, argument: int, /) -> int:
        """Call ``AN_INT``."""
        return self._client.call(ECHOES, 1, 2, xdr.encode_int, argument, xdr.decode_int)

    def an_unsigned_hyper(self, argument: int, /) -> int:
        """Call ``AN_UNSIGNED_HYPER``."""
        return self._client.call(ECHOES, 1, 3, xdr.encode_unsigned_hyper, argument, xdr.decode_unsigned_hyper)

    def a_double(self, argument: float, /) -> float:
        """Call ``A_DOUBLE``."""
        return self._client.call(ECHOES, 1, 4, xdr.encode_double, argument, xdr.decode_double)

    def a_bool(self, argument: bool, /) -> bool:
        """Call ``A_BOOL``."""
        return self._client.call(ECHOES, 1, 5, xdr.encode_bool, argument, xdr.decode_bool)

    def a_colour(self, argument: Colour, /) -> Colour:
        """Call ``A_COLOUR``."""
        return self._client.call(ECHOES, 1, 6, encode_colour, argument, decode_colour)

    def some_words(self, argument: Words, /) -> Words:
        """Call ``SOME_WORDS``."""
        return self._client.call(ECHOES, 1, 7, encode_words, argument, decode_words)

    def a_block(self, argument: Block, /) -> Block:
        """Call ``A_BLOCK``."""
        return self._client.call(ECHOES, 1, 8, encode_block, argument, decode_block)

    def scalars(self, argument: Scalars, /) -> Scalars:
        """Call ``SCALARS``."""
        return self._client.call(ECHOES, 1, 9, encode_scalars, argument, decode_scalars)

    def sequences(self, argument: Sequences, /) -> Sequences:
        """Call ``SEQUENCES``."""
        return self._client.call(ECHOES, 1, 10, encode_sequences, argument, decode_sequences)

    def a_choice(self, argument: Choice, /) -> Choice:
        """Call ``A_CHOICE``."""
        return self._client.call(ECHOES, 1, 11, encode_choice, argument, decode_choice)

    def an_optional(self, argument: Optional, /) -> Optional:
        """Call ``AN_OPTIONAL``."""
        return self._client.call(ECHOES, 1, 12, encode_optional, argument, decode_optional)


class EchoesV1AsyncClient:
    """Calls ``ECHOES_V1`` of ``ECHOES`` from coroutines."""

    __slots__ = ("_client",)

    def __init__(self, client: rpc.AsyncClient, /) -> None:
        self._client = client

    async def nothing(self) -> None:
        """Call ``NOTHING``."""
        await self._client.call(ECHOES, 1, 1, xdr.encode_void, None, xdr.decode_void)

    async def an_int(self, argument: int, /) -> int:
        """Call ``AN_INT``."""
        return await self._client.call(ECHOES, 1, 2, xdr.encode_int, argument, xdr.decode_int)

    async def an_unsigned_hyper(self, argument: int, /) -> int:
        """Call ``AN_UNSIGNED_HYPER``."""
        return await self._client.call(ECHOES, 1, 3, xdr.encode_unsigned_hyper, argument, xdr.decode_unsigned_hyper)

    async def a_double(self, argument: float, /) -> float:
        """Call ``A_DOUBLE``."""
        return await self._client.call(ECHOES, 1, 4, xdr.encode_double, argument, xdr.decode_double)

    async def a_bool(self, argument: bool, /) -> bool:
        """Call ``A_BOOL``."""
        return await self._client.call(ECHOES, 1, 5, xdr.encode_bool, argument, xdr.decode_bool)

    async def a_colour(self, argument: Colour, /) -> Colour:
        """Call ``A_COLOUR``."""
        return await self._client.call(ECHOES, 1, 6, encode_colour, argument, decode_colour)

    async def some_words(self, argument: Words, /) -> Words:
        """Call ``SOME_WORDS``."""
        return await self._client.call(ECHOES, 1, 7, encode_words, argument, decode_words)

    async def a_block(self, argument: Block, /) -> Block:
        """Call ``A_BLOCK``."""
        return await self._client.call(ECHOES, 1, 8, encode_block, argument, decode_block)

    async def scalars(self, argument: Scalars, /) -> Scalars:
        """Call ``SCALARS``."""
        return await self._client.call(ECHOES, 1, 9, encode_scalars, argument, decode_scalars)

    async def sequences(self, argument: Sequences, /) -> Sequences:
        """Call ``SEQUENCES``."""
        return await self._client.call(ECHOES, 1, 10, encode_sequences, argument, decode_sequences)

    async def a_choice(self, argument: Choice, /) -> Choice:
        """Call ``A_CHOICE``."""
        return await self._client.call(ECHOES, 1, 11, encode_choice, argument, decode_choice)

    async def an_optional(self, argument: Optional, /) -> Optional:
        """Call ``AN_OPTIONAL``."""
        return await self._client.call(ECHOES, 1, 12, encode_optional, argument, decode_optional)
