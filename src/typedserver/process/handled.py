"""Signals that a process of this library handles, and that the program's own children do not inherit.

A handler of ours is meant for this process alone. A process that the program forks meanwhile has the former handlers:
it ends by SIGTERM, unless the program has said otherwise. So every handler that lasts is set by ``Handled``.
"""

import signal
from collections.abc import Callable
from threading import get_ident
from types import FrameType
from typing import Any, Final

from typedserver.process.forking import plain_signal
from typedserver.process.inheritance import tell_of_forks

_AS_IT_IS: Final = object()


class Handled:
    """The signals that this process handles for a while. Main thread alone.

    former: what handled each before, by its number: a function, a number for default or ignored, None if it was set
    outside Python.

    A process that the program forks has the former handlers, for as long as this object exists.
    """

    __slots__ = ("__weakref__", "_masks", "_ours", "former")

    def __init__(self) -> None:
        self._ours: dict[int, Callable[[int, FrameType | None], object]] = {}
        self.former: dict[int, Any] = {}
        # What was blocked before, by the thread that forks.
        self._masks: dict[int, Any] = {}
        tell_of_forks(self)

    def set(self, number: int, handler: Callable[[int, FrameType | None], object], former: object = _AS_IT_IS) -> None:
        """Have a signal handled by a function, here and in children of this library.

        former: what it means to others, if that is not what handles it now.
        """
        # First noted: a process that is forked just then has what was before.
        self._ours[number] = handler
        self.former.setdefault(number, plain_signal.getsignal(number) if former is _AS_IT_IS else former)
        plain_signal.signal(number, handler)

    # In processes that the program forks

    def before_fork(self) -> None:
        """Hold back what ends the child: it may be sent before the child has the former handlers."""
        # Not what a function of Python's handles there: what that raises would be lost in a hook.
        held = [number for number, former in self.former.items() if not callable(former)]
        self._masks[get_ident()] = plain_signal.pthread_sigmask(plain_signal.SIG_BLOCK, held)

    def after_fork(self) -> None:
        """Hold nothing back any more."""
        mask = self._masks.pop(get_ident(), None)
        if mask is not None:
            plain_signal.pthread_sigmask(plain_signal.SIG_SETMASK, mask)

    def leave_to_parent(self) -> None:
        """In the child: what comes to it is its own, and wakes no loop of the parent's."""
        signal.set_wakeup_fd(-1)
        for number, former in self.former.items():
            # The program may have set another one meanwhile. What was set outside Python cannot be set again.
            if former is not None and signal.getsignal(number) is self._ours[number]:
                signal.signal(number, former)
        self.after_fork()
