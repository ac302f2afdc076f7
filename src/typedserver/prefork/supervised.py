"""A worker as its supervisor knows it: what it has reported by its channel, and what was done about it.

It knows a channel and the loop that watches it. ``supervisor.py`` decides what follows from that.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from typedserver.prefork.messages import BEATS, Progress
from typedserver.process.channel import Channel, Message
from typedserver.protocols.reactors import Reactor, TimerHandle


@dataclass(slots=True, eq=False)
class Supervised:
    """What is known of one worker.

    number: its place among the workers, from 0.
    beating: whether beats are expected of it; after the first one they are.
    pid: its process; 0 before it has one.
    channel: where it reports; None before it has one, and after it was closed.
    started, heard: when it was started, and when it last reported something.
    begun, failed, leaving, drained: what it has reported.
    limit: the timer that ends it, if it leaves by itself.
    replaced: whether another worker has its place already.
    killed: whether its supervisor has killed it.
    """

    number: int
    beating: bool
    pid: int = 0
    channel: Channel | None = None
    started: float = field(default_factory=time.monotonic)
    heard: float = field(default_factory=time.monotonic)
    begun: bool = False
    failed: bool = False
    leaving: bool = False
    drained: bool = False
    limit: TimerHandle | None = None
    replaced: bool = False
    killed: bool = False
    # How often the supervisor looked at it since it was heard.
    _silent: int = 0
    # The loop that watches its channel.
    _reactor: Reactor | None = None

    @property
    def lived(self) -> float:
        """Seconds since it was started."""
        return time.monotonic() - self.started

    def order(self, what: str, about: object = None) -> None:
        """Send it an order; from any thread."""
        channel = self.channel
        if channel is not None:
            channel.send(what, about)

    def read_progress(self) -> list[Message]:
        """Note the progress that it has reported; returns its other messages."""
        if self.channel is None:
            return []
        rest: list[Message] = []
        for what, about in self.channel.receive():
            self.heard = time.monotonic()
            self._silent = 0
            match what:
                case Progress.BEGUN:
                    self.begun = True
                case Progress.FAILED:
                    self.failed = True
                case Progress.BEAT:
                    self.beating = True
                case Progress.LEAVING:
                    self.leaving = True
                case Progress.DRAINED:
                    self.leaving = self.drained = True
                case _:
                    rest.append((what, about))
        return rest

    def hangs(self) -> bool:
        """Whether it has reported nothing for too long; the supervisor must ask at the intervals of beats.

        These looks are counted, not the clock: if this process itself was stopped or blocked for seconds, that is one
        look.
        """
        if not self.beating or self.leaving or self.killed:
            return False
        self._silent += 1
        # One more than the beats: the first look may come right after a beat, and a block of its loop may begin right
        # before the next beat was due.
        return self._silent > BEATS + 1

    def watch(self, reactor: Reactor, reported: Callable[[], object]) -> None:
        """Have a loop call back when it has reported something."""
        if self.channel is not None:
            self._reactor = reactor
            reactor.add_reader(self.channel.fileno(), reported)

    def unwatch(self) -> None:
        """Have the loop call back no more; its channel stays open for orders."""
        if self.channel is not None and self._reactor is not None:
            self._reactor.remove_reader(self.channel.fileno())
            self._reactor = None

    def unwatch_if_ended(self) -> None:
        """Have the loop call back no more if nothing can come any more."""
        # A process that the worker has forked may hold a copy of its end: a channel that has not ended says nothing.
        if self.channel is not None and self.channel.ended:
            self.unwatch()

    def close_channel(self) -> None:
        """Close this end of its channel, for good."""
        self.unwatch()
        channel, self.channel = self.channel, None
        if channel is not None:
            channel.close()

    def leave_channel(self) -> None:
        """In a forked child: close this copy of the channel; the loop is the parent's."""
        if self.channel is not None:
            self.channel.close()
            self.channel = None
