"""Callers: which methods of which objects the current thread is in, or an exception has left, read from the stack.

For questions that are asked once in a server's life and would cost every request some bookkeeping if the answer were
kept. Nothing here knows the methods that it finds.
"""

import inspect
import traceback
from collections.abc import Callable, Container
from types import CodeType
from typing import Any


def is_called_by(methods: Container[CodeType], is_meant: Callable[[Any], bool] | None = None) -> bool:
    """Return whether the current thread is in one of some methods.

    methods: their code objects. is_meant: takes the ``self`` of a method that is found; returns whether it counts.
    None: each does.
    """
    frame = inspect.currentframe()
    while frame is not None:
        if frame.f_code in methods and (is_meant is None or is_meant(frame.f_locals["self"])):
            return True
        frame = frame.f_back
    return False


def was_raised_in(error: BaseException, methods: Container[CodeType], is_meant: Callable[[object], bool]) -> bool:
    """Return whether an exception has left one of some methods, given as for ``is_called_by``."""
    return any(
        frame.f_code in methods and is_meant(frame.f_locals["self"])
        for frame, _ in traceback.walk_tb(error.__traceback__)
    )
