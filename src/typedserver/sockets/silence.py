"""Silent peers: how a socket reports one, and the error that a handler gets. Nothing here knows a handler."""

from typedserver.errors import PeerTimedOut


def deadline_passed() -> PeerTimedOut:
    """Make the error that a driver throws into a coroutine if its wait has reached the deadline.

    The driver knows no more; the stream that waits replaces it by the error of ``sent_nothing`` or ``took_nothing``.
    """
    return PeerTimedOut("the peer neither sent nor took anything before the deadline")


def sent_nothing(client_address: object, seconds: float | None, *, by_server: bool) -> PeerTimedOut:
    """Make the error of a read that waited so many seconds; by_server: whether the limit is the server's."""
    return silence(
        "sent nothing", client_address, seconds, f"{'Deadlines(read=) or ' * by_server}StreamConfig(timeout=)"
    )


def took_nothing(client_address: object, seconds: float | None, *, by_server: bool) -> PeerTimedOut:
    """Make the error of a write that waited so many seconds; by_server: whether the limit is the server's."""
    return silence(
        "took nothing", client_address, seconds, f"{'Deadlines(write=) or ' * by_server}StreamConfig(timeout=)"
    )


def silence(what: str, client_address: object, seconds: float | None, limit: str) -> PeerTimedOut:
    """Make the error of a wait that ended without the peer.

    what: the peer's fault. client_address: mostly empty for a peer on a Unix socket. seconds: how long the wait was;
    None if the limit was not set here. limit: the setting that the message names as the remedy.
    """
    how_long = "before the deadline" if seconds is None else f"for {seconds:g} s"
    who = repr(client_address) if client_address else "the peer"
    return PeerTimedOut(f"{who} {what} {how_long}: raise {limit} if that is right")


def is_silence(error: OSError) -> bool:
    """Return whether a read or write ended because its time was over, not because the kernel gave the peer up."""
    # Both may be TimeoutError, but the kernel's has an errno (ETIMEDOUT, tcp(7)); SO_RCVTIMEO gives EAGAIN.
    return isinstance(error, BlockingIOError) or (isinstance(error, TimeoutError) and error.errno is None)
