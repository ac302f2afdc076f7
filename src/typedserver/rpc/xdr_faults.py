"""Whatever encoding and decoding raise, as an XDRError with the path to it.

Asked only when something is wrong: what is right pays nothing for it.
"""

import struct
from operator import attrgetter
from typing import Final, TypeAlias

from typedserver.rpc.xdr_bytes import UNIT, Decoder, Fields, Run, SizedRun
from typedserver.rpc.xdr_error import XDRError, shown, undeclared

# What a decoder, and an encoder, may raise inside before it says where: ``fault`` makes an XDRError of each. A KeyError
# is a number that an enum does not have; the last two, a value of another type than is declared.
DECODING: Final = (XDRError, struct.error, KeyError)


ENCODING: Final = (XDRError, struct.error, OverflowError, KeyError, AttributeError, TypeError)

# What is at work: a path, or fields of which one is found only when something is wrong.
Place: TypeAlias = str | Run | SizedRun


def fault(error: Exception, at: Place, source: object = None) -> XDRError:
    """Return an XDRError of what was raised while the field ``at`` was decoded or encoded.

    ``source`` is what was decoded or encoded: the Decoder, or the value. It serves to find the field of a Run.
    """
    fields = None if isinstance(at, str) else at.fields
    path = at if isinstance(at, str) else at.fields.names[0]
    if isinstance(error, XDRError | KeyError):
        told = error if isinstance(error, XDRError) else undeclared(error.args[0])
        return told.within(path)
    if isinstance(source, Decoder):
        return XDRError("the bytes end here", path) if fields is None else _short_fields(source, fields)
    return XDRError(f"is no value of this type: {error}", path) if fields is None else _unpacked(error, fields, source)


def _short_fields(data: Decoder, fields: Fields) -> XDRError:
    left = data.remaining
    for code, name in zip(fields.codes, fields.names, strict=True):
        size = _size_of_bytes(data) if code == "*" else struct.calcsize(f">{code}")
        if size > left:
            return XDRError(f"{size} bytes are needed, {left} are left", name)
        left -= size
    return XDRError("the bytes end here", fields.names[-1])


def _size_of_bytes(data: Decoder) -> int:
    """Return what bytes take whose length was decoded just before."""
    length = int.from_bytes(data.buffer[data.position - UNIT : data.position])
    return length + (-length & 3)


def _unpacked(error: Exception, fields: Fields, value: object) -> XDRError:
    for code, name in zip(fields.codes, fields.names, strict=True):
        try:
            field = attrgetter(name)(value)
            measured = len(field) if name in fields.lengths else 0
        except (AttributeError, TypeError) as missing:
            return XDRError(str(missing), name)
        # A text becomes bytes before they are packed: neither it nor its length can be what is wrong.
        if isinstance(field, str) and (code == "*" or name in fields.lengths):
            continue
        if code == "*":
            if not isinstance(field, bytes | bytearray):
                return XDRError(f"{shown(field)} is no value of this type: it is not bytes", name)
            continue
        number = measured if name in fields.lengths else field
        try:
            struct.pack(f">{code}", number)
        except (struct.error, OverflowError, TypeError) as reason:
            return XDRError(f"{shown(number)} is no value of this type: {reason}", name)
    return XDRError(f"is no value of this type: {error}")
