"""What must be ended before this process is: the processes and threads that it has made for itself.

It knows processes, nothing of what is ended. At the interpreter's own end ``atexit`` calls; a child that this library
has forked does not get there, because it ends by ``os._exit``.
"""

import atexit
import sys
import weakref
from typing import Final, Protocol

from typedserver.process.inheritance import lineage


class EndedWithProcess(Protocol):
    """What would be left behind, or would be lost, if this process just ended."""

    def end_with_process(self) -> None:
        """End it, in the process that has made it; waits for what cannot be interrupted."""
        ...


# Keyed by id, as in inheritance.py. The generation says whose it is: what a fork has copied is ended by the parent.
_owners: Final[dict[int, tuple[int, "weakref.ref[EndedWithProcess]"]]] = {}


def end_with_process(owner: EndedWithProcess) -> None:
    """Have an owner end what it has before this process ends, for as long as the owner exists."""
    number = id(owner)
    _owners[number] = lineage.generation, weakref.ref(owner, lambda _gone: _owners.pop(number, None))


def end_all() -> None:
    """End everything that this process has made; an error of one is reported, and does not keep the others."""
    for number, (generation, reference) in list(_owners.items()):
        if generation == lineage.generation:
            _owners.pop(number, None)
            owner = reference()
            if owner is not None:
                try:
                    owner.end_with_process()
                except Exception as error:  # noqa: BLE001 - there is no caller left to raise it to
                    sys.excepthook(type(error), error, error.__traceback__)


atexit.register(end_all)
