"""The new process of a hot restart: it reports that it serves, and takes over what it was handed.

It knows the environment and the sockets that were handed over, nothing of servers.
"""

import logging
import os
from typing import Final

from typedserver.endpoints import handed_over
from typedserver.service.notify import notify

_log = logging.getLogger("typedserver")

# Where the new process finds the socket of the service manager: NOTIFY_SOCKET is this process's until it is ready.
NEXT_NOTIFY_SOCKET: Final = "TYPEDSERVER_NOTIFY_SOCKET"


def take_over() -> None:
    """Tell that this process serves: to the service manager, or to the predecessor that it may go, where there is one.

    What the predecessor has handed over is this process's own then, and what of it nobody serves is closed. To be
    called once all is open. Does nothing more where the predecessor has given this process up.
    """
    predecessor = handed_over.predecessor()
    delivered = notify("READY=1")
    if predecessor is None:
        return
    if not delivered and _is_alive(predecessor):
        return
    manager = os.environ.pop(NEXT_NOTIFY_SOCKET, None)
    if manager is None:
        os.environ.pop("NOTIFY_SOCKET", None)
    else:
        os.environ["NOTIFY_SOCKET"] = manager
    for each in handed_over.claim():
        _log.warning("the predecessor's socket %d, %r, is closed: nobody here serves it", each.fd, each.name)
    if not delivered:
        # It could not tell any more whom the service is by now.
        notify(f"MAINPID={os.getpid()}", "READY=1")


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
