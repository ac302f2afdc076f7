"""Import ``module:attribute``. It knows modules and attributes, and nothing of what is found there."""

import contextlib
import importlib
import operator
import os
import sys
from typing import cast

from typedserver.cli.mistakes import UsageError


def load_object(name: str) -> object:
    """Import ``module:attribute``, from the working directory too; raises UsageError if there is no such thing.

    The attribute may be one of another's, as in ``module:app.server``. What the module itself raises goes on.
    """
    module_name, colon, attribute = name.partition(":")
    if not (module_name and colon and attribute):
        raise UsageError(f"{name!r} names no server: give module:attribute, as examples.upper:server")
    with contextlib.suppress(OSError):
        # OSError: the working directory was removed; what is installed can be served all the same.
        if (folder := os.getcwd()) not in sys.path:  # noqa: PTH109 - sys.path holds strings
            sys.path.insert(0, folder)
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name is None or not module_name.startswith(error.name):
            raise
        raise UsageError(f"there is no module {error.name!r} here or installed: is {name!r} spelled right?") from error
    try:
        return cast("object", operator.attrgetter(attribute)(module))
    except AttributeError as error:
        raise UsageError(
            f"module {module_name!r} has no {attribute!r} ({error}): is {name!r} spelled right?"
        ) from error
