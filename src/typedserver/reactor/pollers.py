"""What the loop waits with: epoll as it is, or whatever ``selectors`` offers.

A poller knows descriptors and event masks, nothing of callbacks. All methods belong to the loop's thread.
"""

import select
import selectors
from collections.abc import Sequence
from typing import Final, Protocol

# epoll's own values (sys/epoll.h), so that its event masks need no translation.
IN: Final = 0x001
OUT: Final = 0x004

# One wait at most, in seconds: the kernel counts milliseconds in a C int, and a timer may be set for next year.
LONGEST_WAIT: Final = 86_400.0


class Poller(Protocol):
    """What the loop asks of the platform."""

    @property
    def drops_closed(self) -> bool:
        """Whether closing a descriptor is enough for it to be forgotten, where nobody else holds a copy."""
        ...

    def watch(self, fd: int, mask: int, /) -> None:
        """Watch a descriptor for ``IN``, ``OUT`` or both, in place of what it was watched for before.

        Raises OSError where it is not open.
        """
        ...

    def forget(self, fd: int, /) -> None:
        """Watch it no more; does nothing where it is not watched, or was closed meanwhile."""
        ...

    def poll(self, timeout: float | None, /) -> Sequence[tuple[int, int]]:
        """Wait for events and return each with its descriptor; at most ``timeout`` seconds, up to LONGEST_WAIT."""
        ...

    def close(self) -> None:
        """Close what it waits with, this process's copy alone."""
        ...


class _EpollPoller:
    """epoll(7), without the layer of selectors: half its cost for each event."""

    __slots__ = ("_always", "_epoll")

    # epoll(7), Q6: with the last descriptor of it the open file leaves every interest list.
    drops_closed = True

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._always: dict[int, int] = {}

    def watch(self, fd: int, mask: int, /) -> None:
        try:
            self._epoll.register(fd, mask)
        except FileExistsError:
            self._epoll.modify(fd, mask)
        except PermissionError:
            # Regular files: epoll refuses them (epoll_ctl(2), EPERM), select calls them always ready.
            self._always[fd] = mask

    def forget(self, fd: int, /) -> None:
        if self._always.pop(fd, None) is not None:
            return
        try:
            self._epoll.unregister(fd)
        except OSError:
            # Closed before it was forgotten: the kernel has dropped it already.
            return

    def poll(self, timeout: float | None, /) -> Sequence[tuple[int, int]]:
        if self._always:
            return [*self._epoll.poll(0), *self._always.items()]
        return self._epoll.poll(timeout)

    def close(self) -> None:
        self._epoll.close()


class PollPoller:
    """poll(2): looks descriptors up by number at each wait, as nothing else does, and costs more the more there are."""

    __slots__ = ("_poll",)

    drops_closed = False

    def __init__(self) -> None:
        self._poll = select.poll()

    def watch(self, fd: int, mask: int, /) -> None:
        """Watch a descriptor; one that is not open is found out by the wait (Poller)."""
        # POLLIN and POLLOUT have epoll's values on Linux alone (poll.h).
        self._poll.register(fd, (select.POLLIN if mask & IN else 0) | (select.POLLOUT if mask & OUT else 0))

    def forget(self, fd: int, /) -> None:
        """Watch it no more (Poller)."""
        try:
            self._poll.unregister(fd)
        except KeyError:
            return

    def poll(self, timeout: float | None, /) -> Sequence[tuple[int, int]]:
        """Wait for events (Poller)."""
        # Rounded up by poll() itself: a wait that ended before its time would be waited for again and again.
        return self._poll.poll(None if timeout is None else timeout * 1000)

    def close(self) -> None:
        """Nothing is held in the kernel."""


class _SelectorPoller:
    """Whatever selectors offers: kqueue on BSD and macOS, select on Windows."""

    __slots__ = ("_selector",)

    drops_closed = False

    def __init__(self, selector: selectors.BaseSelector) -> None:
        self._selector = selector

    def watch(self, fd: int, mask: int, /) -> None:
        events = (selectors.EVENT_READ if mask & IN else 0) | (selectors.EVENT_WRITE if mask & OUT else 0)
        try:
            self._selector.register(fd, events)
        except KeyError:
            self._selector.modify(fd, events)

    def forget(self, fd: int, /) -> None:
        try:
            self._selector.unregister(fd)
        except KeyError:
            return

    def poll(self, timeout: float | None, /) -> Sequence[tuple[int, int]]:
        return [
            (key.fd, (IN if events & selectors.EVENT_READ else 0) | (OUT if events & selectors.EVENT_WRITE else 0))
            for key, events in self._selector.select(timeout)
        ]

    def close(self) -> None:
        self._selector.close()


def make_poller(selector: selectors.BaseSelector | Poller | None) -> Poller:
    """Make a poller over this selector, or over the platform's best where none is given; a poller is one already."""
    if selector is not None and not isinstance(selector, selectors.BaseSelector):
        return selector
    if selector is None and hasattr(select, "epoll"):
        return _EpollPoller()
    return _SelectorPoller(selector or selectors.DefaultSelector())
