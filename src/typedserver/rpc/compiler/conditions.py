"""What stands behind #if: an expression of integers, as C has it."""

from collections.abc import Callable
from typing import Final, final

from typedserver.rpc.compiler.lexer import CompileError, Place, Token

# From what binds least to what binds most.
_LEVELS: Final[tuple[dict[str, Callable[[int, int], int]], ...]] = (
    {"||": lambda left, right: int(bool(left or right))},
    {"&&": lambda left, right: int(bool(left and right))},
    {"|": int.__or__},
    {"^": int.__xor__},
    {"&": int.__and__},
    {"==": lambda left, right: int(left == right), "!=": lambda left, right: int(left != right)},
    {
        "<": lambda left, right: int(left < right),
        ">": lambda left, right: int(left > right),
        "<=": lambda left, right: int(left <= right),
        ">=": lambda left, right: int(left >= right),
    },
    {"<<": int.__lshift__, ">>": int.__rshift__},
    {"+": int.__add__, "-": int.__sub__},
    {"*": int.__mul__, "/": int.__floordiv__, "%": int.__mod__},
)
# A shift by more is a mistake; and no number may grow without bound.
_WIDEST_SHIFT: Final = 63


def value_of(place: Place, tokens: list[Token]) -> int:
    """Return the value of an expression at a place; a name that no macro replaced is 0, as in C."""
    reading = _Reading(place, tokens)
    value = reading.level(0)
    reading.end()
    return value


@final
class _Reading:
    def __init__(self, place: Place, tokens: list[Token]) -> None:
        self._place = place
        self._tokens = tokens
        self._next = 0

    def end(self) -> None:
        if self._next < len(self._tokens):
            token = self._tokens[self._next]
            raise CompileError(token.place, f"expected the end of the condition, not '{token.text}'")

    def level(self, level: int) -> int:
        if level == len(_LEVELS):
            return self._operand()
        value = self.level(level + 1)
        while self._next < len(self._tokens) and self._tokens[self._next].text in _LEVELS[level]:
            operator = self._tokens[self._next]
            self._next += 1
            right = self.level(level + 1)
            divides, shifts = operator.text in "/%", operator.text in ("<<", ">>")
            if (divides and right == 0) or (shifts and not 0 <= right <= _WIDEST_SHIFT):
                raise CompileError(operator.place, f"'{operator.text} {right}' has no value")
            value = _LEVELS[level][operator.text](value, right)
        return value

    def _operand(self) -> int:
        if self._next == len(self._tokens):
            raise CompileError(self._place, "expected a number at the end of this condition")
        token = self._tokens[self._next]
        self._next += 1
        if token.kind == "number":
            return token.number
        if token.kind == "name":
            return 0
        if token.text == "(":
            value = self.level(0)
            if self._next == len(self._tokens) or self._tokens[self._next].text != ")":
                raise CompileError(token.place, "expected ')' to this '('")
            self._next += 1
            return value
        if token.text in "!-+~":
            value = self._operand()
            return {"!": int(not value), "-": -value, "+": value, "~": ~value}[token.text]
        raise CompileError(token.place, f"expected a number, not '{token.text}'")
