"""What a silent peer looks like to a socket, and the error that says so. Knows no handler."""

from typedserver.errors import PeerTimedOut


def deadline_passed() -> PeerTimedOut:
    """Make the error that a driver throws into a coroutine whose wait has reached its deadline.

    It knows no more than that: who waits tells the rest, by ``sent_nothing`` or ``took_nothing``.
    """
    return PeerTimedOut("the peer neither sent nor took anything before the deadline")


def sent_nothing(client_address: object, seconds: float | None, *, by_server: bool) -> PeerTimedOut:
    """Make the error of a read that waited so many seconds; by_server: as the server's Deadlines say."""
    return silence(
        "sent nothing", client_address, seconds, f"{'Deadlines(read=) or ' * by_server}StreamConfig(timeout=)"
    )


def took_nothing(client_address: object, seconds: float | None, *, by_server: bool) -> PeerTimedOut:
    """Make the error of a write that waited so many seconds; by_server: as the server's Deadlines say."""
    return silence(
        "took nothing", client_address, seconds, f"{'Deadlines(write=) or ' * by_server}StreamConfig(timeout=)"
    )


def silence(what: str, client_address: object, seconds: float | None, limit: str) -> PeerTimedOut:
    """Make the error of a wait in vain: of whom, for how long, and by which limit.

    seconds: None where nobody here has set the limit. client_address: a peer on a Unix socket mostly has none.
    """
    how_long = "before the deadline" if seconds is None else f"for {seconds:g} s"
    who = repr(client_address) if client_address else "the peer"
    return PeerTimedOut(f"{who} {what} {how_long}: raise {limit} if that is right")


def is_silence(error: OSError) -> bool:
    """Whether a read or write ended because its time was up, rather than because the kernel gave the peer up."""
    # Both come as TimeoutError, but the kernel's has an errno (ETIMEDOUT, tcp(7)); SO_RCVTIMEO's is EAGAIN.
    return isinstance(error, BlockingIOError) or (isinstance(error, TimeoutError) and error.errno is None)
