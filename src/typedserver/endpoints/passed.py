"""What the environment says of the sockets that were handed over to this process as it started.

systemd and a predecessor in a hot restart both describe them in LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES
(sd_listen_fds(3)). A predecessor also says in TYPEDSERVER_HANDOVER which of them it owns, and how the others were
before.

The variables are meant for this process alone. The first look takes them out of the environment, as sd_listen_fds(3)
does if it is asked to, because a child or grandchild that gets them may have the pid in LISTEN_PID by chance.

Internal to the endpoints; ``passing_on.py`` writes what is read here, ``handed_over.py`` takes the sockets.
"""

import json
import os
from dataclasses import dataclass
from typing import Any, Final

from typedserver.endpoints.unix_path import OwnFile
from typedserver.errors import RecipeError
from typedserver.sockets.lent import Before

# The first descriptor that is passed (sd_listen_fds(3)).
FIRST_FD: Final = 3

# The name that systemd gives a socket without one.
NAMELESS: Final = "unknown"

# The longest name that systemd takes (fdname_is_valid in its src/basic/fd-util.c).
_LONGEST_NAME: Final = 255

# The variable in which a predecessor lists the sockets that it owns.
HANDOVER: Final = "TYPEDSERVER_HANDOVER"

_VARIABLES: Final = ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", HANDOVER)


@dataclass(frozen=True, slots=True)
class Passed:
    """A socket that one process passes to another.

    fd: its descriptor in this process. name: as in LISTEN_FDNAMES.
    owned: whether a predecessor owns it, not systemd. file: that of a Unix socket, if its owner must remove it.
    before: how it was before it was lent to the predecessor; None: nobody has.
    """

    fd: int
    name: str = NAMELESS
    owned: bool = False
    file: OwnFile | None = None
    before: Before | None = None


# The variables that were taken out of the environment.
_taken_out: Final[dict[str, str]] = {}


def check_name(recipe: str, name: object) -> None:
    """Raise RecipeError for a name that LISTEN_FDNAMES cannot carry; None passes."""
    if name is None:
        return
    # Checked as an object, because a program without types may give any value.
    if not isinstance(name, str) or not 0 < len(name) <= _LONGEST_NAME or not name.isascii():
        raise RecipeError(f"{recipe}(name={name!r}) must be a str of 1 to {_LONGEST_NAME} ASCII characters")
    if ":" in name or not name.isprintable():
        raise RecipeError(f"{recipe}(name={name!r}) must have no ':' and no control characters (sd_listen_fds(3))")


def variables() -> dict[str, str]:
    """Return the variables by which sockets were passed to this process, or to the one that has forked it."""
    found = {name: value for name in _VARIABLES if (value := os.environ.pop(name, None)) is not None}
    if found:
        _taken_out.clear()
        _taken_out.update(found)
    return _taken_out


def _variables_for_us() -> dict[str, str]:
    found = variables()
    return found if found.get("LISTEN_PID") == str(os.getpid()) else {}


def passed_sockets() -> list[Passed]:
    """Return the sockets that were passed to this process; none if the variables are meant for another one."""
    found = _variables_for_us()
    count = found.get("LISTEN_FDS", "")
    if not count.isdecimal():
        return []
    names = found.get("LISTEN_FDNAMES", "").split(":")
    mark: dict[str, Any] = json.loads(found.get(HANDOVER, "{}"))
    own, lent = mark.get("sockets", {}), mark.get("lent", {})
    return [
        Passed(
            fd,
            names[i] if i < len(names) and names[i] else NAMELESS,
            str(fd) in own,
            _own_file(own.get(str(fd))),
            _before_of(lent.get(str(fd))),
        )
        for i, fd in enumerate(range(FIRST_FD, FIRST_FD + int(count)))
    ]


def _own_file(written: Any) -> OwnFile | None:  # noqa: ANN401 - JSON that the other process wrote
    return None if written is None else OwnFile(written[0], written[1], written[2])


def _before_of(written: Any) -> Before | None:  # noqa: ANN401 - the same
    return None if written is None else Before(written[0], bytes.fromhex(written[1]), tuple(written[2]))


def predecessor() -> int | None:
    """Return the pid of the process that has started this one to take its place; None if there is none."""
    mark = _variables_for_us().get(HANDOVER)
    if mark is None:
        return None
    pid: int = json.loads(mark)["from"]
    return pid


def forget_predecessor() -> None:
    """Note that this process owns what the predecessor has owned."""
    variables().pop(HANDOVER, None)
