"""What a successor is handed: which sockets of this process, and how the environment describes them.

``passed.py`` reads in the successor what is written here. Internal to hot restarts; it knows no server.
"""

import json
import os
from collections.abc import Sequence

from typedserver.endpoints import handed_over, passed
from typedserver.endpoints.passed import NAMELESS, Passed
from typedserver.endpoints.unix_path import file_of


def is_own(fd: int) -> bool:
    """Return whether this process has opened a listening socket, or has claimed it from its predecessor."""
    taken = handed_over.socket_taken(fd)
    return taken is None or taken in handed_over.claimed


def to_pass(fd: int, name: str | None, *, owned: bool) -> Passed:
    """Describe a listening socket for a successor.

    If it is ``owned``, that is with the file that the successor removes; else with how it was before it was lent.
    """
    if owned:
        return Passed(fd, name or NAMELESS, owned, file_of(fd))
    return Passed(fd, name or NAMELESS, owned, before=handed_over.how_it_was(fd))


def environment(sockets: Sequence[Passed]) -> dict[str, str]:
    """Return the variables that hand sockets over, in this order, to a child of this process; all but LISTEN_PID.

    The child must set LISTEN_PID itself before it becomes the program.
    """
    return {
        "LISTEN_FDS": str(len(sockets)),
        "LISTEN_FDNAMES": ":".join(each.name for each in sockets),
        passed.HANDOVER: json.dumps(
            {
                "from": os.getpid(),
                "sockets": {
                    passed.FIRST_FD + number: each.file and (each.file.path, each.file.device, each.file.inode)
                    for number, each in enumerate(sockets)
                    if each.owned
                },
                "lent": {
                    passed.FIRST_FD + number: (
                        each.before.blocks,
                        each.before.send_timeout.hex(),
                        each.before.reporting,
                    )
                    for number, each in enumerate(sockets)
                    if each.before is not None
                },
            }
        ),
    }
