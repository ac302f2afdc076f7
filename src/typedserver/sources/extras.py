"""Packages that only an extra installs, as names that import them when they are first used.

So a recipe can name a package's types in its annotations, and be imported where the package is not installed.
"""

import importlib
from typing import Any, Final

from typedserver.errors import CompositionError


class Extra:
    """A package in the place of an import; its members raise CompositionError if it is not installed.

    package: the package's name, or that of a module in it. extra: the extra of this distribution that installs it.
    """

    __slots__ = ("_extra", "_package")

    def __init__(self, package: str, extra: str) -> None:
        self._package: Final = package
        self._extra: Final = extra

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - type checkers see the package itself
        try:
            package = importlib.import_module(self._package)
        except ModuleNotFoundError as error:
            missing = error.name
            # Another module's name: the package is there and is itself not complete.
            if missing is None or not f"{self._package}.".startswith(f"{missing}."):
                raise
            name = self._package.partition(".")[0]
            raise CompositionError(f"{name} is not installed: pip install 'typedserver[{self._extra}]'") from error
        return getattr(package, name)

    def __repr__(self) -> str:
        return f"<{self._package}, of the extra {self._extra}>"
