"""What is wrong with bytes or with a value, and where. It knows neither of them but what it is told."""

from typing import Final, NoReturn, final

from typedserver.errors import TypedServerError

_SHOWN: Final = 40


@final
class XDRError(TypedServerError, ValueError):
    """Bytes that are not a value of the declared type, or a value that has no bytes of it.

    ``path`` leads to what is wrong, from the outermost value inwards (``entries[3].name``); it is empty for that value
    itself.
    """

    def __init__(self, message: str, path: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.path = path

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message

    def __reduce__(self) -> "tuple[type[XDRError], tuple[str, str]]":
        return type(self), (self.message, self.path)

    def within(self, outer: str) -> "XDRError":
        """Return this error as seen from the value that has ``outer``: a field's name, or ``[3]``."""
        inner = self.path
        path = outer + inner if not inner or not outer or inner.startswith("[") else f"{outer}.{inner}"
        return XDRError(self.message, path)


def undeclared(number: object) -> XDRError:
    """Return the error for a number that an enum, or a union's discriminant, does not have."""
    return XDRError(f"{shown(number)} is none of the declared values")


def unmatched(value: object) -> NoReturn:
    """Refuse a value that is no arm of a union; raises XDRError."""
    raise XDRError(f"{shown(value)} is no arm of this union")


def too_long(length: int, bound: int) -> XDRError:
    """Return the error for a length above its bound."""
    return XDRError(f"a length of {length} is above the bound of {bound}")


def unclean(padding: bytes) -> XDRError:
    """Return the error for bytes that fill up others and are not zeros."""
    return XDRError(f"the padding is {padding!r}: only zeros are allowed")


def shown(value: object) -> str:
    """Return a value as errors show it: not at any length."""
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
