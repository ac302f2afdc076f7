"""The module ``ssl``, loaded when it is first used: a program that speaks no TLS has no use for OpenSSL.

For annotations, which may be asked for at run time, and for what only a program with TLS calls.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl as ssl  # noqa: PLC0414 - it is exported
else:

    class _OnDemand:
        __slots__ = ()

        def __getattr__(self, name: str) -> object:
            return getattr(importlib.import_module("ssl"), name)

    ssl = _OnDemand()
