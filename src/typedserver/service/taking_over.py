"""The new process of a hot restart: it reports that it serves, and claims the sockets that it was handed.

It knows the environment and these sockets, nothing of servers.
"""

import logging
import os
from typing import Final

from typedserver.endpoints import handed_over, passed
from typedserver.service.notify import notify

_log = logging.getLogger("typedserver")

# The variable with the socket of the service manager, because NOTIFY_SOCKET is the predecessor's until the new process
# is ready.
NEXT_NOTIFY_SOCKET: Final = "TYPEDSERVER_NOTIFY_SOCKET"

# The variable of a message with the descriptors that the new process does not serve; X_ is for a service's own
# (sd_notify(3)).
UNSERVED: Final = "X_TYPEDSERVER_UNSERVED"


def take_over() -> None:
    """Report that this process serves: to its predecessor, which may then end, or to the service manager.

    Then this process owns the sockets that the predecessor has handed over, and closes those that no server here
    serves: the predecessor hears which these are, and empties their queues. Must be called when all servers are open.
    Does nothing more if the predecessor has given this process up.
    """
    predecessor = passed.predecessor()
    unserved = [] if predecessor is None else [str(each.fd) for each in handed_over.unserved()]
    delivered = notify("READY=1", *([f"{UNSERVED}={' '.join(unserved)}"] if unserved else []))
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
        _log.warning("the predecessor's socket %d, %r, is closed: no server here serves it", each.fd, each.name)
    if not delivered:
        # The predecessor has died, so it cannot report which process the service is now.
        notify(f"MAINPID={os.getpid()}", "READY=1")


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
