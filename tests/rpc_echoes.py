"""The service of tests/rpc_corpus/echoes.x, for clients in C and for a benchmark."""

from tests.rpc_corpus import echoes
from typedserver import rpc


class Echoes:
    """The service of ``ECHOES_V1``: all but the first return their argument."""

    def nothing(self, _call: rpc.Call, /) -> None:
        return

    def an_int(self, argument: int, _call: rpc.Call, /) -> int:
        return argument

    def an_unsigned_hyper(self, argument: int, _call: rpc.Call, /) -> int:
        return argument

    def a_double(self, argument: float, _call: rpc.Call, /) -> float:
        return argument

    def a_bool(self, argument: bool, _call: rpc.Call, /) -> bool:
        return argument

    def a_colour(self, argument: echoes.Colour, _call: rpc.Call, /) -> echoes.Colour:
        return argument

    def some_words(self, argument: str, _call: rpc.Call, /) -> str:
        return argument

    def a_block(self, argument: bytes, _call: rpc.Call, /) -> bytes:
        return argument

    def scalars(self, argument: echoes.Scalars, _call: rpc.Call, /) -> echoes.Scalars:
        return argument

    def sequences(self, argument: echoes.Sequences, _call: rpc.Call, /) -> echoes.Sequences:
        return argument

    def a_choice(self, argument: echoes.Choice, _call: rpc.Call, /) -> echoes.Choice:
        return argument

    def an_optional(self, argument: echoes.Optional, _call: rpc.Call, /) -> echoes.Optional:
        return argument
