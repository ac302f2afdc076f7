"""Spool: the files of a folder, each of them a message.

A producer writes a file elsewhere in the same file system and renames it into the folder, so that it is whole from the
first moment; nothing here can see whether a file is still being written.
"""

import fnmatch
import logging
import os
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import KW_ONLY, dataclass
from functools import partial
from pathlib import Path
from typing import Final, Literal

from typing_extensions import override

from typedserver.endpoints.bases import BaseEndpoint
from typedserver.errors import CompositionError, ListenError, ProcessDied, RecipeError
from typedserver.protocols.endpoints import Endpoint, Listener
from typedserver.protocols.requests import RequestKind
from typedserver.protocols.sources import Delivery, Leased
from typedserver.recipes import check_callable, check_positive, recipe_repr, shown
from typedserver.sources.base import BaseSource
from typedserver.sources.polled import SourceListener
from typedserver.sources.receiver import Pace, check_pace
from typedserver.sources.retries import DEFAULT_RETRIES, Retries, check_retries
from typedserver.sources.spool_folder import DONE, FAILED, SpoolFolder, now

_log = logging.getLogger("typedserver")

# Seconds between two looks into an empty folder: mail and print spools are looked at less often.
DEFAULT_POLL: Final = 1.0


@dataclass(frozen=True, slots=True, repr=False)
class Spool(BaseEndpoint[Path, Delivery]):
    """Serve the files of a folder: a message is the path of a file that this process has claimed by a rename.

    directory: the folder. What it has claimed is in ``.claimed`` there, what waits for another attempt in ``.waiting``,
    what is dead in ``failed``. Several processes may serve one folder, if they are on one machine.
    pattern: which names are taken, as the shell writes them; never those that begin with a dot.
    retries: how often a file is tried whose handler raises. A process that dies counts as an attempt of each file that
    it had claimed; others that serve the folder find these files, or the next one that does.
    dead_letter: called with the path in ``failed`` and the last error, in the source's thread, when a file will not be
    tried again. Without it, that is a line in the log.
    poll: the seconds between two looks into an empty folder.
    when_done: whether a file is deleted when its handler has returned, or moved into ``done``.
    prefetch: the most files that are claimed and wait here for the server.

    Files are taken by the order of their names. A producer writes a file elsewhere in the same file system, and renames
    it into the folder; a file that is written there may be taken before it is whole. POSIX only.

    Raises RecipeError for values that cannot work, CompositionError if the platform has no flock.
    """

    directory: str | Path
    _: KW_ONLY
    pattern: str = "*"
    retries: Retries = DEFAULT_RETRIES
    dead_letter: Callable[[Path, BaseException], object] | None = None
    poll: float = DEFAULT_POLL
    when_done: Literal["delete", "move"] = "delete"
    prefetch: int = 1

    def __post_init__(self) -> None:
        if os.name != "posix":
            raise CompositionError("Spool() needs flock(), which this platform lacks")
        check_retries("Spool", self.retries)
        check_callable("Spool", "dead_letter", self.dead_letter, "it gets path and error", needed=False)
        check_positive("Spool", "poll", self.poll, "give the seconds between two looks", needed=True)
        check_pace("Spool", self.prefetch)
        if self.when_done not in ("delete", "move"):
            raise RecipeError(f'Spool(when_done={shown(self.when_done)}) must be "delete" or "move"')

    @property
    def request_kind(self) -> RequestKind:
        """Always "messages"."""
        return "messages"

    def listen(self) -> Listener[Path, Delivery]:
        """Open the folder; raises ListenError if it is none, or cannot be written."""
        # Whatever folder the program goes to later.
        return SourceListener(self, partial(_open, self, Path(self.directory).resolve()), Pace(prefetch=self.prefetch))

    __repr__ = recipe_repr


_conforms: type[Endpoint[Path, Delivery]] = Spool


def _open(recipe: Spool, folder: Path) -> "_Spooled":
    if not folder.is_dir():
        raise ListenError(f"{recipe!r} cannot be served: there is no folder {str(folder)!r}; make it")
    try:
        return _Spooled(recipe, SpoolFolder(folder))
    except OSError as error:
        raise ListenError(
            f"{recipe!r} cannot be served: {error.strerror}; this process must be able to write there", error.errno
        ) from error


class _Spooled(BaseSource[Path]):
    """Claims files, and looks for more when it has none left."""

    def __init__(self, recipe: Spool, folder: SpoolFolder) -> None:
        self._recipe = recipe
        self._folder = folder
        # The names that were seen last, and when to look again, by time.monotonic.
        self._seen: deque[str] = deque()
        self._look_at = 0.0

    @property
    @override
    def name(self) -> str:
        return str(self._folder.folder)

    @override
    def receive(self, most: int, wait: float, /) -> Sequence[Leased[Path]]:
        received = self._claim(most)
        if not received:
            pause = min(wait, self._look_at - time.monotonic())
            if pause > 0:
                time.sleep(pause)
            received = self._claim(most)
        return received

    def _claim(self, most: int) -> list[Leased[Path]]:
        received: list[Leased[Path]] = []
        if not self._seen and time.monotonic() >= self._look_at:
            received.extend(self._look(most))
        while self._seen and len(received) < most:
            claimed = self._folder.claim_new(self._seen.popleft())
            if claimed is not None:
                received.append(self._lent(claimed, 1))
        return received

    def _look(self, most: int) -> list[Leased[Path]]:
        """Look for new files, for those that are due again, and for those of dead processes; claims the latter two."""
        next_look = self._recipe.poll
        for left, attempt, owner in self._folder.find_dead():
            self._reject(left, attempt, ProcessDied(f"the process of {owner.stem} has ended"), at_once=True)
        received: list[Leased[Path]] = []
        for entry, said, file in self._folder.waiting():
            seconds = said.due - now()
            if seconds > 0:
                next_look = min(next_look, seconds)
                break
            if len(received) == most:
                next_look = 0.0
                break
            if file is None:
                self._folder.clear(entry)
            elif (taken := self._folder.claim_waiting(entry, file)) is not None:
                received.append(self._lent(taken, said.attempt))
        with os.scandir(self._folder.folder) as found:
            self._seen.extend(sorted(each.name for each in found if self._is_taken(each)))
        if not self._seen:
            self._look_at = time.monotonic() + next_look
        return received

    def _is_taken(self, found: "os.DirEntry[str]") -> bool:
        name = found.name
        return not name.startswith(".") and fnmatch.fnmatchcase(name, self._recipe.pattern) and found.is_file()

    def _lent(self, claimed: Path, attempt: int) -> Leased[Path]:
        return Leased(claimed, Delivery(source=self.name, key=claimed.name, attempt=attempt))

    @override
    def acknowledge(self, leased: Leased[Path], /) -> None:
        if self._recipe.when_done == "delete" or not leased.message.exists():
            self._folder.remove(leased.message)
        else:
            self._folder.move(leased.message, DONE)

    @override
    def reject(self, leased: Leased[Path], error: BaseException, /) -> None:
        self._reject(leased.message, leased.delivery.attempt, error)

    def _reject(self, file: Path, attempt: int, error: BaseException, *, at_once: bool = False) -> None:
        seconds = self._recipe.retries.backoff(attempt)
        if seconds is not None:
            due = 0.0 if at_once else now() + seconds
            self._folder.put_aside(file, due, attempt + 1)
            self._look_at = min(self._look_at, time.monotonic() + (0.0 if at_once else seconds))
            return
        failed = self._folder.move(file, FAILED)
        if self._recipe.dead_letter is None:
            _log.warning("%s is put aside after %d attempts: %r", failed, attempt, error)
        else:
            self._recipe.dead_letter(failed, error)

    @override
    def release(self, leased: Leased[Path], /) -> None:
        self._folder.put_aside(leased.message, 0.0, leased.delivery.attempt)
        self._look_at = 0.0

    @override
    def close(self) -> None:
        self._folder.close()
