"""Recipes that several rooms share, and the checks that all recipes use.

A recipe is a frozen value; its constructor is the one place where it is checked. Nothing here opens anything.
"""

from dataclasses import dataclass, fields
from typing import Final, Literal

from typedserver.errors import RecipeError
from typedserver.protocols.handlers import ServerContext
from typedserver.recipes import check_at_least, check_positive, recipe_repr

# The stdlib waits for ever. A minute is what web servers give a silent client (Apache's Timeout, nginx's
# client_body_timeout): longer than any pause of a healthy exchange, short enough that the dead do not pile up.
DEFAULT_TIMEOUT: Final = 60.0

# What a handshake, or a proxy's header, may take: several round trips of the slowest path, and no more.
DEFAULT_ESTABLISH: Final = 10.0

# Longer than any request and its answer takes, short enough that who sends a byte a second does not stay for ever
# (HAProxy's documentation has the same hour for a tunnel).
DEFAULT_TOTAL: Final = 3600.0

# Kubernetes kills thirty seconds after it has asked to end: what is cut is better cut by us, who tell of it.
DEFAULT_DRAIN: Final = 25.0

# Twice the round trip between neighbouring countries: in 40 trials of 8,000 requests on loopback nothing was lost.
DEFAULT_QUIET: Final = 0.05

# C10k: what one process serves comfortably, and no common bound on descriptors forbids. The rest waits in the kernel.
DEFAULT_CONNECTIONS: Final = 10_000

# What a provider hands to one customer (RFC 6177): the addresses in it are one peer's.
DEFAULT_IPV6_PREFIX: Final = 64

_IPV6_BITS: Final = 128

# asyncio's limit for a line; long enough for a line of HTTP, IMAP or a CSV, short enough for thousands of clients.
DEFAULT_LINE_LIMIT: Final = 64 * 1024

# What a read to the end of file may gather: a large upload must be read in pieces, not held in memory.
DEFAULT_READ_LIMIT: Final = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class StreamConfig:
    """How a stream handler treats its connection; what were class attributes of ``socketserver``'s handler.

    timeout: seconds that one read or write may wait for the peer, None for ever; ``"server"``: as long as the server's
    Deadlines say.
    limit: the longest line (or part up to a separator) in bytes that ``Stream`` and ``readuntil`` take.
    read_limit: the most bytes that a read to the end of file gathers.
    rbufsize, wbufsize: buffer sizes of ``rfile`` and ``wfile`` as in ``open``: -1 the default size, 0 none.
    disable_nagle_algorithm: whether to set TCP_NODELAY (tcp(7)).
    ends_idle: whether a connection that waits between two messages is ended when the server drains: one that nothing
    was read from since it was last written to. Without it the handler is to ask ``draining`` by itself.

    Raises RecipeError for values that can not work.
    """

    timeout: float | Literal["server"] | None = "server"
    limit: int = DEFAULT_LINE_LIMIT
    read_limit: int = DEFAULT_READ_LIMIT
    rbufsize: int = -1
    wbufsize: int = 0
    disable_nagle_algorithm: bool = False
    ends_idle: bool = True

    def __post_init__(self) -> None:
        if self.timeout != "server":
            check_positive("StreamConfig", "timeout", self.timeout, "give seconds, or None to wait for ever")
        check_at_least("StreamConfig", "limit", self.limit, 1, "give the longest line in bytes")
        check_at_least("StreamConfig", "read_limit", self.read_limit, 1, "give the most bytes to gather")
        check_at_least("StreamConfig", "rbufsize", self.rbufsize, -1, "give a size, 0 for none or -1 for the default")
        check_at_least("StreamConfig", "wbufsize", self.wbufsize, -1, "give a size, 0 for none or -1 for the default")

    __repr__ = recipe_repr


DEFAULT_STREAM_CONFIG: Final = StreamConfig()
"""What a stream handler has that was given no config of its own."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Deadlines:
    """How long a connection may take, in seconds; None: for ever. The same under every strategy.

    establish: from the accept until the handler has it, where there is something to be done before: a handshake.
    read: how long one read may wait for the peer to send something.
    write: how long one write may wait for the peer to take something.
    total: from the accept to the end. Whoever serves connections that live for days says None.
    drain: how long running requests have when the server drains, before they are cut.

    What a wait in one handler may take its StreamConfig can say otherwise. A handler that reads its socket by itself
    has the same limits, by the kernel (SO_RCVTIMEO, socket(7)): under Linux its ``recv`` raises BlockingIOError then,
    and a file made of it ends; elsewhere it is TimeoutError. Kept by the monotonic clock, to an eighth of a second.

    Raises RecipeError for values that can not work.
    """

    establish: float | None = DEFAULT_ESTABLISH
    read: float | None = DEFAULT_TIMEOUT
    write: float | None = DEFAULT_TIMEOUT
    total: float | None = DEFAULT_TOTAL
    drain: float | None = DEFAULT_DRAIN

    def __post_init__(self) -> None:
        for field in fields(self):
            check_positive("Deadlines", field.name, getattr(self, field.name), "give seconds, or None for no deadline")

    __repr__ = recipe_repr


DEFAULT_DEADLINES: Final = Deadlines()
"""What a handler's reads and writes have whose server tells of none."""


def waits_of(config: StreamConfig, server: ServerContext) -> tuple[float | None, float | None]:
    """Return how many seconds a handler's read and write may wait: as its config says, or else its server."""
    if config.timeout != "server":
        return config.timeout, config.timeout
    deadlines = server.deadlines
    return deadlines.read, deadlines.write


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Limits:
    """How much a server takes on, counted exactly under every strategy; None: any amount.

    connections: how many at once; of datagrams, how many are being answered at once.
    per_peer: how many of them one peer may have: an address, or a prefix of IPv6. Peers on Unix sockets have no
    address, and are not counted.
    rate: how many are accepted a second, on the average of a second.
    over: what becomes of who comes beyond ``connections`` or ``rate``: with "pause" nothing is accepted meanwhile, so
    that they wait in the kernel's queue; with "refuse" they are closed at once. Beyond ``per_peer`` they are always
    closed: whose connection it is can be known only after it was accepted.
    ipv6_prefix: how many leading bits of an IPv6 address are one peer.

    Raises RecipeError for values that can not work.
    """

    connections: int | None = DEFAULT_CONNECTIONS
    per_peer: int | None = None
    rate: float | None = None
    over: Literal["pause", "refuse"] = "pause"
    ipv6_prefix: int = DEFAULT_IPV6_PREFIX

    def __post_init__(self) -> None:
        for field in ("connections", "per_peer"):
            value: object = getattr(self, field)
            if value is not None:
                check_at_least("Limits", field, value, 1, "give how many at once, or None for any number")
        check_positive("Limits", "rate", self.rate, "give how many a second, or None for any number")
        if self.over not in ("pause", "refuse"):
            raise RecipeError(f"Limits(over={self.over!r}) must be 'pause' or 'refuse'")
        check_at_least("Limits", "ipv6_prefix", self.ipv6_prefix, 1, "give the bits of an address that are one peer")
        if self.ipv6_prefix > _IPV6_BITS:
            raise RecipeError(f"Limits(ipv6_prefix={self.ipv6_prefix!r}) must be at most {_IPV6_BITS}")

    __repr__ = recipe_repr


DEFAULT_LIMITS: Final = Limits()
"""What a server takes on that was told nothing."""
