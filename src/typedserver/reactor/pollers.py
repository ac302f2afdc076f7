"""Pollers: how the loop waits for events. One for epoll, one for poll, one for any selector of ``selectors``.

A poller knows descriptors and event masks, nothing of callbacks. All methods must be called in the loop's thread.

epoll watches open files, and names each by the number that it had (epoll(7), Q6). If a watched number is closed while
a copy of the file lives (dup, a child, SCM_RIGHTS), the kernel goes on to report it, under a number that may be another
file's by now, and nobody can tell it to stop. So a poller says of each change whether it was in time.
"""

import select
import selectors
import sys
from collections.abc import Sequence
from typing import Final, Protocol

# epoll's own values (sys/epoll.h), so that its event masks need no translation.
IN: Final = 0x001
OUT: Final = 0x004

# The longest single wait in seconds: the kernel counts milliseconds in a C int, but a timer may be a year away.
LONGEST_WAIT: Final = 86_400.0


class Poller(Protocol):
    """What the loop needs of the platform."""

    @property
    def drops_closed(self) -> bool:
        """Whether the kernel forgets a descriptor when it is closed, if nobody has a copy."""
        ...

    def watch(self, fd: int, mask: int, /) -> bool:
        """Watch a descriptor for ``IN``, ``OUT`` or both, instead of what it was watched for before.

        Returns whether it was not watched before. Raises OSError if it is not open.
        """
        ...

    def change(self, fd: int, mask: int, /) -> bool:
        """Watch a watched descriptor for something else; returns False, with nothing done, if it was closed."""
        ...

    def forget(self, fd: int, /) -> bool:
        """Stop watching a descriptor; returns False if it was closed before, or is not watched."""
        ...

    def confirms(self, fd: int, mask: int, /) -> bool:
        """Return whether the file that has this number now has such an event; False if it is a former one's."""
        ...

    def renew(self) -> bool:
        """Forget everything, also what was closed before; returns False, with nothing done, if that cannot be."""
        ...

    def poll(self, timeout: float | None, /) -> Sequence[tuple[int, int]]:
        """Wait for events and return each with its descriptor; at most ``timeout`` seconds, up to LONGEST_WAIT."""
        ...

    def close(self) -> None:
        """Close the poller's own descriptor, in this process alone."""
        ...


if sys.platform == "linux":

    class _EpollPoller:
        """epoll(7) without the layer of ``selectors``, which would double the cost of an event."""

        __slots__ = ("_always", "_epoll")

        # An open file leaves all interest lists when its last descriptor is closed (epoll(7), Q6).
        drops_closed = True

        def __init__(self) -> None:
            self._epoll = select.epoll()
            self._always: dict[int, int] = {}

        def watch(self, fd: int, mask: int, /) -> bool:
            if self._always:
                # A regular file may have had this number, and was closed.
                self._always.pop(fd, None)
            try:
                self._epoll.register(fd, mask)
            except FileExistsError:
                self._epoll.modify(fd, mask)
                return False
            except PermissionError:
                # EPERM: epoll refuses regular files (epoll_ctl(2)); select reports them as always ready, and so do we.
                self._always[fd] = mask
            return True

        def change(self, fd: int, mask: int, /) -> bool:
            if fd in self._always:
                self._always[fd] = mask
                return True
            try:
                self._epoll.modify(fd, mask)
            except OSError:
                return False
            return True

        def forget(self, fd: int, /) -> bool:
            if self._always.pop(fd, None) is not None:
                return True
            try:
                self._epoll.unregister(fd)
            except OSError:
                # EBADF: the number is nobody's; ENOENT: it is another file's.
                return False
            return True

        def confirms(self, fd: int, mask: int, /) -> bool:
            # poll(2) goes by number. Its masks have the values of epoll's.
            poll = select.poll()
            poll.register(fd, mask)
            return bool(poll.poll(0))

        def renew(self) -> bool:
            try:
                epoll = select.epoll()
            except OSError:
                # No descriptor is left for it; it is tried again with the next event that is nobody's.
                return False
            self._epoll.close()
            self._epoll = epoll
            self._always.clear()
            return True

        def poll(self, timeout: float | None, /) -> Sequence[tuple[int, int]]:
            if self._always:
                return [*self._epoll.poll(0), *self._always.items()]
            return self._epoll.poll(timeout)

        def close(self) -> None:
            self._epoll.close()


class PollPoller:
    """poll(2), which looks descriptors up by number at each wait; its cost grows with their number."""

    __slots__ = ("_poll",)

    drops_closed = False

    def __init__(self) -> None:
        self._poll = select.poll()

    def watch(self, fd: int, mask: int, /) -> bool:
        """Watch a descriptor (Poller); the next wait reports one that is not open."""
        # POLLIN and POLLOUT have the values of epoll's on Linux only (poll.h).
        self._poll.register(fd, (select.POLLIN if mask & IN else 0) | (select.POLLOUT if mask & OUT else 0))
        # A number is all that it knows, so no former file is left behind.
        return False

    def change(self, fd: int, mask: int, /) -> bool:
        """Watch a descriptor for something else (Poller)."""
        self.watch(fd, mask)
        return True

    def forget(self, fd: int, /) -> bool:
        """Stop watching a descriptor (Poller)."""
        try:
            self._poll.unregister(fd)
        except KeyError:
            return False
        return True

    def confirms(self, _fd: int, _mask: int, /) -> bool:
        """Return True (Poller): it goes by number itself."""
        return True

    def renew(self) -> bool:
        """Forget everything (Poller)."""
        self._poll = select.poll()
        return True

    def poll(self, timeout: float | None, /) -> Sequence[tuple[int, int]]:
        """Wait for events (Poller)."""
        # poll() rounds up to the next millisecond, so the loop does not wake just before a timer and wait again.
        return self._poll.poll(None if timeout is None else timeout * 1000)

    def close(self) -> None:
        """Do nothing: poll holds nothing in the kernel."""


class _SelectorPoller:
    """Any selector of ``selectors``: kqueue on BSD and macOS, select on Windows."""

    __slots__ = ("_selector",)

    drops_closed = False

    def __init__(self, selector: selectors.BaseSelector) -> None:
        self._selector = selector

    def watch(self, fd: int, mask: int, /) -> bool:
        # A selector keeps a table of its own: if a number was closed and is another file's by now, it would take that
        # for the file that it watches already.
        self.forget(fd)
        events = (selectors.EVENT_READ if mask & IN else 0) | (selectors.EVENT_WRITE if mask & OUT else 0)
        self._selector.register(fd, events)
        return False

    def change(self, fd: int, mask: int, /) -> bool:
        try:
            self.watch(fd, mask)
        except OSError:
            return False
        return True

    def forget(self, fd: int, /) -> bool:
        try:
            self._selector.unregister(fd)
        except KeyError:
            return False
        return True

    def confirms(self, _fd: int, _mask: int, /) -> bool:
        return True

    def renew(self) -> bool:
        # It cannot be made anew, and tells nothing of files that it does not know.
        return False

    def poll(self, timeout: float | None, /) -> Sequence[tuple[int, int]]:
        return [
            (key.fd, (IN if events & selectors.EVENT_READ else 0) | (OUT if events & selectors.EVENT_WRITE else 0))
            for key, events in self._selector.select(timeout)
        ]

    def close(self) -> None:
        self._selector.close()


def make_poller(selector: selectors.BaseSelector | Poller | None) -> Poller:
    """Return a poller: over this selector, over the platform's best if None is given, or the given poller itself."""
    if selector is not None and not isinstance(selector, selectors.BaseSelector):
        return selector
    # gevent takes it out of the module when it patches a program.
    if sys.platform == "linux" and selector is None and hasattr(select, "epoll"):
        return _EpollPoller()
    return _SelectorPoller(selector or selectors.DefaultSelector())
