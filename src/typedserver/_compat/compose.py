"""Makes a public class out of named parts. It knows no server and no handler."""

import types
from typing import Any


def compose(name: str, *bases: type[Any], module: str) -> type[Any]:
    """Make the class that ``class name(*bases): pass`` would make in ``module``.

    A call instead of a statement, so that the line is data: the stubs are generated from it, and the module whose name
    the class bears is the one that runs the line.
    """
    return types.new_class(name, bases, exec_body=lambda namespace: namespace.update(__module__=module))
