"""The acceptor: takes requests from one listener, as fast as there is capacity for them, and hands them on.

It knows a listener, a reactor and two callbacks, nothing of handlers, strategies or states. It runs in the loop's
thread; ``halt`` and ``look_again`` may be called from any.
"""

import logging
import math
from collections.abc import Callable, Sized
from typing import Protocol

from typedserver.errors import DatagramTooLong, PacketRefused
from typedserver.protocols.endpoints import Listener
from typedserver.protocols.reactors import Reactor, TimerHandle
from typedserver.reactor.calls import call_in_loop
from typedserver.requests.admission import Rate
from typedserver.requests.exhaustion import Exhaustion
from typedserver.requests.faults import AcceptFault, accept_fault

_log = logging.getLogger("typedserver")


class Capacity(Protocol):
    """What knows how much the server can take."""

    @property
    def has_capacity(self) -> bool:
        """Whether one more request may come."""
        ...


class Turn(Protocol):
    """What serves requests by itself, in the place of the listener and of ``accepted``.

    halted: whether it must take nothing more; read before each request.
    """

    halted: bool

    def serve(self, most: int, /) -> bool:
        """Serve what waits, at most so many; returns whether nothing is left.

        Raises what ``get_request`` does, which ends the turn, and whatever ends the accepting.
        """
        ...


class Acceptor:
    """Accepts from ``listener`` in ``reactor`` until it is stopped.

    capacity: asked before each accept.
    live: the requests that are being served; with ``most`` of them there is no capacity for more.
    accepted: called with each request and its client's address.
    failed: called with the exception that ends the accepting: the listener's fatal one, or what ``accepted`` raised.
    rate: how fast it may accept; None: as fast as it can.
    accept_failed: called with each error of accept that is not fatal, and whether accepting rests because of it.
    refused: called for each datagram that the listener turns away when it receives it.
    batch: the most requests to accept for one wake-up, so that other descriptors of the loop have their turn.
    turn: serves requests without the rest, until a drain begins; None: nothing does. It asks neither capacity, live nor
    rate.
    first: called when there may be room again, before anything new is accepted; None: nobody waits for room.

    paused: whether something lacks that a request gives back at its end; read in any thread.
    """

    __slots__ = (
        "_accept_failed",
        "_accepted",
        "_batch",
        "_capacity",
        "_exhaustion",
        "_failed",
        "_fd",
        "_first",
        "_halted",
        "_listener",
        "_live",
        "_most",
        "_rate",
        "_reactor",
        "_refused",
        "_resting",
        "_suspended",
        "_turn",
        "_watching",
        "paused",
    )

    def __init__(
        self,
        listener: Listener[object, object],
        capacity: Capacity,
        reactor: Reactor,
        *,
        accepted: Callable[[object, object], object],
        failed: Callable[[BaseException], object],
        batch: int,
        live: Sized = (),
        most: float = math.inf,
        rate: Rate | None = None,
        accept_failed: Callable[[OSError, bool], object] | None = None,
        refused: Callable[[PacketRefused], object] | None = None,
        turn: Turn | None = None,
        first: Callable[[], object] | None = None,
    ) -> None:
        self._listener = listener
        self._capacity = capacity
        self._turn = turn
        self._first = first
        self._reactor = reactor
        self._accepted = accepted
        self._failed = failed
        self._batch = batch
        self._live = live
        self._most = most
        self._rate = rate
        self._resting: TimerHandle | None = None
        self._accept_failed = accept_failed
        self._refused = refused
        self._fd = listener.fileno()
        self._halted = False
        self.paused: bool = False
        self._suspended = False
        self._watching = False
        self._exhaustion = Exhaustion(reactor, self._look_again)

    def start(self) -> None:
        """Begin to accept."""
        self._watch()
        if not self._has_capacity():
            self._pause()

    def hand_on_to(self, accepted: Callable[[object, object], object]) -> None:
        """Call this with each request from now on, and leave none to a turn; from any thread."""
        self._accepted = accepted
        turn, self._turn = self._turn, None
        if turn is not None:
            turn.halted = True

    def suspend(self) -> None:
        """Accept nothing until ``resume``."""
        self._suspended = True
        self._unwatch()

    def resume(self) -> None:
        """Accept again after ``suspend``."""
        if self._suspended:
            self._suspended = False
            self.paused = False
            if not self._halted:
                self.start()

    def halt(self) -> None:
        """Accept nothing more, not even what this wake-up still has, because ``stop`` follows. Takes no lock."""
        self._halted = True
        turn = self._turn
        if turn is not None:
            turn.halted = True

    def stop(self) -> None:
        """Leave the reactor; called before the listener is closed."""
        self.halt()
        self._unwatch()
        self._exhaustion.end()
        if self._resting is not None:
            self._resting.cancel()
            self._resting = None

    def look_again(self) -> None:
        """Accept again if something lacked, because there may be more of it now; from any thread, after any release."""
        if self.paused:
            call_in_loop(self._reactor, self._look_again)

    def wait_for_room(self) -> None:
        """Accept nothing until there is room for what waits already; also if nothing more is accepted at all."""
        self.paused = True
        self._unwatch()

    def _has_capacity(self) -> bool:
        return self._capacity.has_capacity and len(self._live) < self._most and self._resting is None

    def _watch(self) -> None:
        if not self._watching and not self._suspended:
            # Set before add_reader and cleared after remove_reader: if Ctrl-C comes in between, remove_reader runs once
            # too often, which is harmless.
            self._watching = True
            self._reactor.add_reader(self._fd, self._ready)

    def _unwatch(self) -> None:
        if self._watching:
            self._reactor.remove_reader(self._fd)
            self._watching = False

    def _pause(self) -> None:
        self.paused = True
        self._unwatch()
        # A release in another thread between the question and the flag has not seen the flag.
        if self._has_capacity():
            self._look_again()

    def _look_again(self) -> None:
        if self._first is not None:
            self._first()
        if self.paused and not self._halted and self._has_capacity():
            self.paused = False
            self._watch()

    def accept(self) -> bool:
        """Accept what waits, at most a batch of it; returns whether nothing is left."""
        return not self._halted and not self.paused and self._ready()

    def _ready(self) -> bool:
        try:
            turn = self._turn
            return self._accept_batch() if turn is None else self._serve_turn(turn)
        except BaseException as error:  # noqa: BLE001 - asyncio's loops swallow what a callback raises
            self.stop()
            self._failed(error)
        return False

    def _serve_turn(self, turn: Turn) -> bool:
        if not self._halted:
            try:
                return turn.serve(self._batch)
            except (OSError, DatagramTooLong) as error:
                self._goes_on(error)
        return False

    def _accept_batch(self) -> bool:
        get_request, capacity = self._listener.get_request, self._capacity
        rate = self._rate
        # Exact: only what is accepted here adds to the live requests.
        room = self._most - len(self._live)
        for _ in range(self._batch if room >= self._batch else int(room)):
            if self._halted:
                return False
            if not capacity.has_capacity:
                self._pause()
                return False
            if rate is not None and not self._may_come(rate):
                return False
            try:
                request, client_address = get_request()
            except BlockingIOError:
                return True
            except (OSError, DatagramTooLong, PacketRefused) as error:
                if self._goes_on(error):
                    continue
                return False
            if rate is not None:
                rate.take()
            # Looked up for each, because a drain that begins meanwhile wants to count the others.
            self._accepted(request, client_address)
        if room < self._batch and not self._has_capacity():
            self._pause()
        return False

    def _may_come(self, rate: Rate) -> bool:
        """Return whether the rate has room for one more; if not, rest until it has."""
        seconds = rate.wait()
        if seconds > 0:
            self._resting = self._reactor.call_later(seconds, self._rested)
            self._pause()
            return False
        return True

    def _rested(self) -> None:
        self._resting = None
        self._look_again()

    def _goes_on(self, error: OSError | DatagramTooLong | PacketRefused) -> bool:
        """Do what an error of ``get_request`` calls for; returns whether this wake-up goes on. Raises a fatal one."""
        if isinstance(error, DatagramTooLong):
            _log.warning("datagram refused: %s", error)
            return True
        if isinstance(error, PacketRefused):
            # Whoever sends thousands of them must not fill the log as well.
            if self._refused is not None:
                self._refused(error)
            return True
        match accept_fault(error):
            case AcceptFault.CONNECTION:
                _log.debug("connection lost before it was accepted: %s", error)
                self._report(error, pauses=False)
                return True
            case AcceptFault.EXHAUSTION:
                self._back_off(error)
                self._report(error, pauses=True)
                return False
            case AcceptFault.SOURCE:
                self._report(error, pauses=True)
                return True
            case AcceptFault.FATAL:
                if self._reactor.is_closed():
                    # In a process that a handler has forked and waits in: the listener is the parent's.
                    return False
                raise error

    def _report(self, error: OSError, *, pauses: bool) -> None:
        if self._accept_failed is not None:
            self._accept_failed(error, pauses)

    def _back_off(self, error: OSError) -> None:
        # A request's end gives back its descriptor, and look_again ends the pause before its time.
        self.paused = True
        self._unwatch()
        self._exhaustion.rest(error)
