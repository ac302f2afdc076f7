"""The port that several listeners have in common, if all of them leave the choice to the kernel.

The kernel chooses a port for one socket, and it may be in use for another kind or host: then all begin again. It knows
listeners by a function of each, and no endpoint.
"""

import errno
from collections.abc import Callable
from typing import Final

# How often another port is tried. Even if half of the ports that the kernel chooses from are in use by the other kind,
# this fails once in 65,000 times.
_TRIES: Final = 16


class SharedPort:
    """One port for several listeners: whichever opens first has it chosen, the others open on the same.

    It keeps no number of its own: as long as one of the listeners is open, its port is theirs.
    """

    __slots__ = ("_ports",)

    def __init__(self) -> None:
        self._ports: list[Callable[[], int]] = []

    def join(self, port: Callable[[], int]) -> None:
        """Have one more listener share it; ``port`` returns what that is bound to now, 0 while it is not open."""
        self._ports.append(port)

    @property
    def number(self) -> int:
        """The port, as soon as one of the listeners is open; 0 before."""
        return next((number for port in self._ports if (number := port())), 0)

    def opened_by(self, step: Callable[[], None]) -> None:
        """Take a step that opens the listeners, again if a port was free for one of them and in use for another.

        step: leaves none open that it has opened if it raises. Raises what it raises the last time.
        """
        for left in reversed(range(_TRIES)):
            try:
                step()
            except OSError as error:
                # One that was open before keeps its port.
                if error.errno != errno.EADDRINUSE or not left or self.number:
                    raise
            else:
                return
