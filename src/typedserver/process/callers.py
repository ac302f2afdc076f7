"""Callers: which methods of which objects this thread is in, read from its stack.

For what is asked once in a server's life, and would cost each request an account. Nothing here knows what is called.
"""

import inspect
from collections.abc import Callable, Container
from types import CodeType
from typing import Any


def is_called_by(methods: Container[CodeType], whose: Callable[[Any], bool]) -> bool:
    """Whether this thread is in one of these methods, given by their code, of an object of which ``whose`` says so."""
    frame = inspect.currentframe()
    while frame is not None:
        if frame.f_code in methods and whose(frame.f_locals["self"]):
            return True
        frame = frame.f_back
    return False
