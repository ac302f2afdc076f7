"""What a config's files were when they were loaded last, for who loads them anew when they have changed.

It knows files, contexts and the clock; nothing of servers or connections.
"""

import logging
import ssl
import time
from typing import Final

from typedserver.errors import ListenError
from typedserver.security.tls_config import TLSConfig
from typedserver.security.tls_contexts import Contexts, stamps

_logger: Final = logging.getLogger("typedserver")

# Seconds between two looks at the files of a config that does not say how often: to ask the kernel for each connection
# would cost it some microseconds, and nobody notices a second.
_LOOK: Final = 1.0

# How many configs are kept loaded for ``contexts_now``. A program has a few; one that makes a config for each
# connection must not keep them all.
_KEPT: Final = 64


class Loaded:
    """What a config's files were when they were loaded last, and when that was tried last."""

    __slots__ = ("_config", "_stamps", "contexts")

    def __init__(self, config: TLSConfig | ssl.SSLContext) -> None:
        self._config = config
        self._stamps = self._look()
        self.contexts: Contexts = Contexts.load(config)

    def _look(self) -> tuple[object, ...]:
        return stamps(self._config.files) if isinstance(self._config, TLSConfig) else ()

    @property
    def watch(self) -> float | None:
        """Every how many seconds it is looked whether they have changed."""
        return self._config.watch if isinstance(self._config, TLSConfig) else None

    def reload(self) -> None:
        """Load them anew; raises ListenError, and keeps what was loaded before."""
        if isinstance(self._config, TLSConfig):
            # Before the load: what is written meanwhile has changed since.
            self._stamps = self._look()
            self.contexts = Contexts.load(self._config)

    def has_changed(self) -> bool:
        """Return whether one of them has changed since."""
        return self._look() != self._stamps


class _Watched:
    """A config that is loaded anew when somebody asks for its contexts and its files have changed."""

    __slots__ = ("_loaded", "_next_look", "config")

    def __init__(self, config: TLSConfig) -> None:
        self.config = config
        self._loaded = Loaded(config)
        self._next_look = self._after_look()

    def _after_look(self) -> float:
        watch = self._loaded.watch
        return time.monotonic() + (_LOOK if watch is None else watch)

    def contexts(self) -> Contexts:
        """Return its contexts as the files are, or were when they were right last."""
        if time.monotonic() >= self._next_look:
            self._next_look = self._after_look()
            if self._loaded.has_changed():
                try:
                    self._loaded.reload()
                except ListenError as error:
                    _logger.error("TLS goes on with the files that it had before, because %s", error)  # noqa: TRY400 - it says all
        return self._loaded.contexts


_watched: Final[dict[int, _Watched]] = {}


def contexts_now(config: TLSConfig | ssl.SSLContext) -> Contexts:
    """Return the contexts of a config that no listener has loaded; from any thread.

    Its files are loaded at the first call, and when they have changed since; a wrong one is told in the log then, and
    the contexts are those of before. Raises ListenError if they are wrong at the first call.
    """
    if isinstance(config, ssl.SSLContext):
        return Contexts.load(config)
    # By its identity, because a config holds mappings and functions. It is kept, so the number is no other's.
    watched = _watched.get(id(config))
    if watched is None:
        watched = _Watched(config)
        while len(_watched) >= _KEPT:
            _watched.pop(next(iter(_watched)), None)
        _watched[id(config)] = watched
    return watched.contexts()
