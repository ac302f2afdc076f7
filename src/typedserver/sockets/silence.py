"""Silent peers: how a socket reports one, and the error that a handler gets. Nothing here knows a handler."""

from typedserver.errors import PeerTimedOut


class SilenceError(BlockingIOError, TimeoutError):
    """What a limited socket raises where Python sees the end of a wait: what the kernel's timer says, and Python's own.

    A handler may expect either, and a file takes it for no end.
    """

    def __init__(self) -> None:
        super().__init__("timed out")


def deadline_passed() -> PeerTimedOut:
    """Make the error that a driver throws into a coroutine if its wait has reached the deadline.

    The driver does not know whom the coroutine waited for; the coroutine catches it and raises one that says so.
    """
    return PeerTimedOut("the peer neither sent nor took anything before the deadline")


def silence(what: str, client_address: object, seconds: float | None, limit: str) -> PeerTimedOut:
    """Make the error of a peer that did nothing for too long, whose words ``silence_of`` gives."""
    return PeerTimedOut(silence_of(what, client_address, seconds, limit))


def silence_of(what: str, client_address: object, seconds: float | None, limit: str) -> str:
    """Say that a peer did nothing for too long.

    what: what the peer did, such as "sent nothing".
    client_address: the peer; empty for most peers on Unix sockets, which have no name.
    seconds: how long it was waited for; None if somebody else has set the limit, so that it is not known here.
    limit: the parameter to raise if the wait was too short.
    """
    how_long = "before the deadline" if seconds is None else f"for {seconds:g} s"
    who = repr(client_address) if client_address else "the peer"
    return f"{who} {what} {how_long}: raise {limit} if that is right"


def is_silence(error: OSError) -> bool:
    """Return whether a read or write ended because its time was over, not because the kernel gave the peer up."""
    # Both may be TimeoutError, but the kernel's has an errno (ETIMEDOUT, tcp(7)); SO_RCVTIMEO gives EAGAIN.
    return isinstance(error, BlockingIOError) or (isinstance(error, TimeoutError) and error.errno is None)
