"""A worker as its supervisor knows it: what it has told by its channel, and what was done about it.

It knows a channel and the loop that watches that. What follows from all this is ``supervisor.py``'s.
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

    number: whose place it has among the workers.
    beating: whether it is to be heard of again and again; a worker that has told one beat is.
    channel: where it is heard, None where there is none yet, or any more.
    started, heard: when it was started, and has told something last.
    begun, leaving, drained: what it has told.
    limit: what ends it, where it leaves by itself.
    replaced: whether another has its place already.
    killed: whether it was killed by its supervisor.
    """

    number: int
    beating: bool
    channel: Channel | None = None
    started: float = field(default_factory=time.monotonic)
    heard: float = field(default_factory=time.monotonic)
    begun: bool = False
    leaving: bool = False
    drained: bool = False
    limit: TimerHandle | None = None
    replaced: bool = False
    killed: bool = False
    # How often it was looked at since it was heard.
    _silent: int = 0
    # The loop that watches its channel.
    _reactor: Reactor | None = None

    @property
    def lived(self) -> float:
        """Seconds since it was started."""
        return time.monotonic() - self.started

    def tell(self, what: str, about: object = None) -> None:
        """Send it a message; from any thread."""
        channel = self.channel
        if channel is not None:
            channel.send(what, about)

    def take_note(self) -> list[Message]:
        """Take note of the progress that it has told of; returns what it has told besides."""
        if self.channel is None:
            return []
        rest: list[Message] = []
        for what, about in self.channel.receive():
            self.heard = time.monotonic()
            self._silent = 0
            match what:
                case Progress.BEGUN:
                    self.begun = True
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
        """Whether it has told nothing for too long; to be asked at the intervals of beats.

        Counted by these looks and not by the clock: seconds in which this process itself was stopped, or held up, are
        one look.
        """
        if not self.beating or self.leaving or self.killed:
            return False
        self._silent += 1
        # The first look may come at once after a beat, and what holds its loop up just before the next was due.
        return self._silent > BEATS + 1

    def watch(self, reactor: Reactor, told: Callable[[], object]) -> None:
        """Have a loop call back when it has told something."""
        if self.channel is not None:
            self._reactor = reactor
            reactor.add_reader(self.channel.fileno(), told)

    def unwatch(self) -> None:
        """Have the loop call back no more; its channel stays, to tell it something."""
        if self.channel is not None and self._reactor is not None:
            self._reactor.remove_reader(self.channel.fileno())
            self._reactor = None

    def unwatch_if_mute(self) -> None:
        """Have the loop call back no more where nothing can come any more."""
        # Whatever the worker forks by itself may hold a copy of its end: that this does not come says nothing.
        if self.channel is not None and self.channel.ended:
            self.unwatch()

    def close_channel(self) -> None:
        """Close this end of its channel, for good."""
        self.unwatch()
        channel, self.channel = self.channel, None
        if channel is not None:
            channel.close()

    def leave_channel(self) -> None:
        """In a forked child: close this copy of it; the loop is the parent's."""
        if self.channel is not None:
            self.channel.close()
            self.channel = None
