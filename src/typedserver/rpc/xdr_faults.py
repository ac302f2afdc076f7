"""Whatever encoding and decoding raise, as an XDRError with the path to it.

Asked only when something is wrong: what is right pays nothing for it.
"""

import struct
from operator import attrgetter
from typing import Final

from typedserver.rpc.xdr_bytes import Decoder, Run
from typedserver.rpc.xdr_error import XDRError, shown, undeclared

# What a decoder, and an encoder, may raise inside before it says where: ``fault`` makes an XDRError of each. A KeyError
# is a number that an enum does not have; the last two, a value of another type than is declared.
DECODING: Final = (XDRError, struct.error, KeyError)


ENCODING: Final = (XDRError, struct.error, OverflowError, KeyError, AttributeError, TypeError)


def fault(error: Exception, at: "str | Run", source: object = None) -> XDRError:
    """Return an XDRError of what was raised while the field ``at`` was decoded or encoded.

    ``source`` is what was decoded or encoded: the Decoder, or the value. It serves to find the field of a Run.
    """
    if isinstance(error, XDRError | KeyError):
        told = error if isinstance(error, XDRError) else undeclared(error.args[0])
        return told.within(at if isinstance(at, str) else at.names[0])
    if isinstance(source, Decoder):
        if isinstance(at, str):
            return XDRError("the bytes end here", at)
        return _short_run(source, at)
    if isinstance(at, Run):
        return _unpacked_field(error, at, source)
    return XDRError(f"is no value of this type: {error}", at)


def _short_run(data: Decoder, run: Run) -> XDRError:
    left = data.remaining
    for code, name in zip(run.codes, run.names, strict=True):
        size = struct.calcsize(f">{code}")
        if size > left:
            return XDRError(f"{size} bytes are needed, {left} are left", name)
        left -= size
    return XDRError("the bytes end here", run.names[-1])


def _unpacked_field(error: Exception, run: Run, value: object) -> XDRError:
    for code, name in zip(run.codes, run.names, strict=True):
        try:
            field = attrgetter(name)(value)
            field = len(field) if name in run.lengths and not isinstance(field, str) else field
        except (AttributeError, TypeError) as missing:
            return XDRError(str(missing), name)
        if name in run.lengths and isinstance(field, str):
            continue
        try:
            struct.pack(f">{code}", field)
        except (struct.error, OverflowError, TypeError) as reason:
            return XDRError(f"{shown(field)} is no value of this type: {reason}", name)
    return XDRError(f"is no value of this type: {error}")
