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
        # What could not be settled, because the file system did not let us: it is tried again at each look.
        self._unsettled: deque[tuple[Path, Callable[[], object]]] = deque()
        # What was raised when some files were claimed already.
        self._error: Exception | None = None
        # Names that the log has told of, of files that may not be renamed.
        self._refused: set[str] = set()

    @property
    @override
    def name(self) -> str:
        return str(self._folder.folder)

    @override
    def receive(self, most: int, wait: float, /) -> Sequence[Leased[Path]]:
        error, self._error = self._error, None
        if error is not None:
            raise error
        received: list[Leased[Path]] = []
        try:
            self._claim(most, received)
            if not received:
                pause = min(wait, self._look_at - time.monotonic())
                if pause > 0:
                    time.sleep(pause)
                self._claim(most, received)
        except Exception as raised:
            self._seen.clear()
            if not received:
                raise
            # These are claimed: nobody else would have them.
            self._error = raised
        return received

    def _claim(self, most: int, received: list[Leased[Path]]) -> None:
        if not self._seen and time.monotonic() >= self._look_at:
            self._look(most, received)
        while self._seen and len(received) < most:
            claimed = self._claim_new(self._seen.popleft())
            if claimed is not None:
                received.append(self._lent(claimed, 1))
        if received:
            # Others may have come meanwhile.
            self._look_at = 0.0

    def _claim_new(self, name: str) -> Path | None:
        try:
            claimed = self._folder.claim_new(name)
        except PermissionError as error:
            # One file that may not be moved must not keep the others from being served.
            if name not in self._refused:
                self._refused.add(name)
                _log.warning(
                    "%s cannot claim %r, which stays: %s; this process must be able to move it",
                    self.name,
                    name,
                    error.strerror,
                )
            return None
        self._refused.discard(name)
        return claimed

    def _look(self, most: int, received: list[Leased[Path]]) -> None:
        """Look for new files, for those that are due again, and for those of dead processes; claims the latter two."""
        if not self._folder.is_there:
            folder, self._folder = self._folder, SpoolFolder(self._folder.folder)
            folder.close()
        self._settle_again()
        next_look = self._recipe.poll
        for left, attempt, owner in self._folder.find_dead():
            self._reject(left, attempt, ProcessDied(f"the process of {owner.stem} has ended"), at_once=True)
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
        self._refused.intersection_update(self._seen)
        self._look_at = time.monotonic() + next_look

    def _is_taken(self, found: "os.DirEntry[str]") -> bool:
        name = found.name
        return not name.startswith(".") and fnmatch.fnmatchcase(name, self._recipe.pattern) and found.is_file()

    def _lent(self, claimed: Path, attempt: int) -> Leased[Path]:
        return Leased(claimed, Delivery(source=self.name, key=claimed.name, attempt=attempt))

    # Settling

    def _settle(self, file: Path, settle: Callable[[], object]) -> None:
        """Settle a file; if the file system does not let us, later again: it is lent to nobody else meanwhile."""
        try:
            settle()
        except OSError:
            if file.exists():
                self._unsettled.append((file, settle))
            raise

    def _settle_again(self) -> None:
        for _ in range(len(self._unsettled)):
            file, settle = self._unsettled.popleft()
            try:
                self._settle(file, settle)
            except Exception:  # noqa: BLE001 - the file system again, which was said before; or a dead_letter
                if not file.exists():
                    _log.exception("%s has settled %r late, and failed", self.name, file.name)

    @override
    def acknowledge(self, leased: Leased[Path], /) -> None:
        self._settle(leased.message, partial(self._acknowledge, leased.message))

    def _acknowledge(self, file: Path) -> None:
        if self._recipe.when_done == "delete" or not file.exists():
            self._folder.remove(file)
        else:
            self._folder.move(file, DONE)

    @override
    def reject(self, leased: Leased[Path], error: BaseException, /) -> None:
        self._reject(leased.message, leased.delivery.attempt, error)

    def _reject(self, file: Path, attempt: int, error: BaseException, *, at_once: bool = False) -> None:
        seconds = self._recipe.retries.backoff(attempt)
        if seconds is None:
            self._settle(file, partial(self._bury, file, attempt, error))
        else:
            self._settle(file, partial(self._put_aside, file, 0.0 if at_once else now() + seconds, attempt + 1))

    def _put_aside(self, file: Path, due: float, attempt: int) -> None:
        self._folder.put_aside(file, due, attempt)
        self._look_at = min(self._look_at, time.monotonic() + max(0.0, due - now()))

    def _bury(self, file: Path, attempts: int, error: BaseException) -> None:
        failed = self._folder.move(file, FAILED)
        if self._recipe.dead_letter is None:
            # A name may have a line's end in it, or bytes that are no text.
            _log.warning("%s is put aside after %d attempts: %s", shown(str(failed)), attempts, shown(error))
        else:
            self._recipe.dead_letter(failed, error)

    @override
    def release(self, leased: Leased[Path], /) -> None:
        self._settle(leased.message, partial(self._put_aside, leased.message, 0.0, leased.delivery.attempt))

    @override
    def close(self) -> None:
        self._settle_again()
        self._folder.close()
