"""The recipes that several folders share: StreamConfig, Deadlines and Limits, with the reason of each default.

A recipe is a frozen value, and only its constructor checks it. Nothing here opens a socket or knows a server.
"""

from dataclasses import dataclass, fields
from typing import Final, Literal

from typedserver.errors import RecipeError
from typedserver.protocols.handlers import ServerContext
from typedserver.recipes import check_at_least, check_flags, check_one_of, check_positive, recipe_repr, shown

# Seconds that a read or write may wait; in the stdlib it is for ever. Web servers give a silent client a minute
# (Apache's Timeout, nginx's client_body_timeout): longer than any pause of a healthy exchange, and short enough that
# dead connections do not pile up.
DEFAULT_TIMEOUT: Final = 60.0

_URGENT: Final = ("ignore", "inline", "deliver")

# Seconds for a handshake or a proxy's header: several round trips of the slowest path.
DEFAULT_ESTABLISH: Final = 10.0

# Seconds: longer than any request with its answer, and short enough that a client which sends a byte a second does not
# stay for ever (HAProxy's documentation has the same hour for a tunnel).
DEFAULT_TOTAL: Final = 3600.0

# Seconds. Kubernetes kills thirty seconds after it has asked a program to end; if requests must be cut, it is better
# that the server does it, because it reports them.
DEFAULT_DRAIN: Final = 25.0

# Seconds: twice the round trip between neighbouring countries. In 40 trials of 8,000 requests on loopback, none was
# lost.
DEFAULT_QUIET: Final = 0.05

# C10k: one process serves as many comfortably, and no common limit on descriptors forbids it. The others wait in the
# kernel's queue.
DEFAULT_CONNECTIONS: Final = 10_000

# Bits: a provider gives a prefix of this length to one customer (RFC 6177), so its addresses are one peer.
DEFAULT_IPV6_PREFIX: Final = 64

_IPV6_BITS: Final = 128

# Bytes, as asyncio's limit for a line: enough for a line of HTTP, IMAP or a CSV, and affordable for thousands of
# clients.
DEFAULT_LINE_LIMIT: Final = 64 * 1024

# Bytes that a read to the end of file may gather: a larger upload must be read in pieces, not held in memory.
DEFAULT_READ_LIMIT: Final = 16 * 1024 * 1024


# Bytes that may wait for a peer that is slower than those who write to it: twice the longest line, so that any line
# fits, whatever is put before it. The kernel holds more besides.
DEFAULT_OUTBOX: Final = 128 * 1024


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class StreamConfig:
    """How a stream handler treats its connection; in ``socketserver`` these are class attributes of the handler.

    timeout: seconds that one read or write may wait for the peer; None: for ever; ``"server"``: as the server's
    Deadlines say.
    limit: the longest line (or part up to a separator) in bytes that ``Stream`` and ``readuntil`` accept.
    read_limit: the most bytes that a read to the end of file gathers.
    outbox: the most bytes that ``Stream.try_write`` and ``broadcast`` keep for a peer which the kernel takes no more
    for; 0: none.
    rbufsize, wbufsize: buffer sizes of ``rfile`` and ``wfile`` as in ``open``: -1 the default size, 0 none.
    disable_nagle_algorithm: whether to set TCP_NODELAY (tcp(7)) from the beginning; a ``Stream`` sets it at its second
    write in any case, before the kernel holds anything back.
    urgent: what becomes of urgent data, the one byte that a peer sends past all others (out of band; tcp(7)). "ignore":
    it is lost; "inline": it comes among the data; "deliver": a ``Stream`` has it apart, see ``Stream.wait_urgent``.
    ends_idle: whether a drain ends a connection that waits between two messages: one from which nothing was read since
    the last write. If False, the handler must look at ``draining`` itself.

    Raises RecipeError for values that cannot work.
    """

    timeout: float | Literal["server"] | None = "server"
    limit: int = DEFAULT_LINE_LIMIT
    read_limit: int = DEFAULT_READ_LIMIT
    outbox: int = DEFAULT_OUTBOX
    rbufsize: int = -1
    wbufsize: int = 0
    disable_nagle_algorithm: bool = False
    ends_idle: bool = True
    urgent: Literal["ignore", "inline", "deliver"] = "ignore"

    def __post_init__(self) -> None:
        if self.timeout != "server":
            check_positive("StreamConfig", "timeout", self.timeout, "give seconds, or None to wait for ever")
        check_at_least("StreamConfig", "limit", self.limit, 1, "give the longest line in bytes")
        check_at_least("StreamConfig", "read_limit", self.read_limit, 1, "give the most bytes to gather")
        check_at_least(
            "StreamConfig", "outbox", self.outbox, 0, "give the most bytes to keep for a slow peer, 0 for none"
        )
        check_at_least("StreamConfig", "rbufsize", self.rbufsize, -1, "give a size, 0 for none or -1 for the default")
        check_flags("StreamConfig", disable_nagle_algorithm=self.disable_nagle_algorithm, ends_idle=self.ends_idle)
        check_one_of("StreamConfig", "urgent", self.urgent, _URGENT)
        check_at_least("StreamConfig", "wbufsize", self.wbufsize, -1, "give a size, 0 for none or -1 for the default")

    __repr__ = recipe_repr


DEFAULT_STREAM_CONFIG: Final = StreamConfig()
"""The config of a stream handler that was given none."""


def check_stream_config(what: str, config: object) -> None:
    """Raise RecipeError unless a value is a StreamConfig."""
    if not isinstance(config, StreamConfig):
        raise RecipeError(f"{what}(config={shown(config)}) must be StreamConfig(...)")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Deadlines:
    """How long a connection may take, in seconds; None: for ever. They are the same under every strategy.

    establish: from the accept until the handler has the connection, if something comes first, such as a handshake.
    read: how long one read may wait for the peer to send.
    write: how long one wait for the peer to receive may take. It begins anew when the peer has taken something, so that
    a long write to a slow peer takes its time.
    total: from the accept to the end. Give None if connections live for days.
    drain: how long running requests have when the server drains, before they are cut.

    A handler's StreamConfig may set other limits for read and write. The same limits hold for a handler that reads its
    socket by itself, whatever the program's default timeout is: under Linux ``recv`` then raises BlockingIOError, on
    other systems TimeoutError; a file made of the socket raises TimeoutError. If the handler sets a timeout of its own,
    that holds instead. What it makes of the connection (a TLS wrap, a copy) has the limit of a read in both directions,
    and a TCP peer that takes nothing is given up after the limit of a write all the same (TCP_USER_TIMEOUT, tcp(7)).
    ``total`` and ``drain`` end the connection whatever object has it, unless it was given to another process.

    Deadlines are kept by the monotonic clock, to an eighth of a second.

    Raises RecipeError for values that cannot work.
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
"""The deadlines of a server that was given none."""


def waits_of(config: StreamConfig, server: ServerContext) -> tuple[float | None, float | None]:
    """Return how many seconds a handler's read and write may wait, by its config or else by its server's Deadlines."""
    if config.timeout != "server":
        return config.timeout, config.timeout
    deadlines = server.deadlines
    return deadlines.read, deadlines.write


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Limits:
    """How much a server takes on, counted exactly under every strategy; None: any amount.

    connections: how many at once; for datagrams, how many are being answered at once.
    per_peer: how many of them one peer may have. A peer is an IPv4 address, also where that is written as an IPv6 one
    (``::ffff:192.0.2.1``), a prefix of IPv6, or one address of a link (``fe80::``); peers on Unix sockets have no
    address, and are not counted.
    rate: how many are accepted per second, averaged over a second.
    over: what happens to requests beyond ``connections`` or ``rate``: if "pause", nothing is accepted meanwhile, so
    they wait in the kernel's queue; if "refuse", they are closed at once. Connections beyond ``per_peer`` are always
    closed, because the server must accept one to know its peer.
    ipv6_prefix: how many leading bits of an IPv6 address identify a peer.
    read_rate, write_rate: how many bytes a second each connection may receive and send. TLS counts what it encrypts to.
    total_read_rate, total_write_rate: how many all connections of a server may together; those who want more get the
    same share of it. Each process of a Prefork has a total of its own.

    Beyond a rate of bytes nothing is closed: reads and writes pause, and the kernel has the peer wait. No deadline of a
    read or write runs in a pause; ``Deadlines(total=)`` does. What was not used may come at once later, but no more
    than an eighth of a second's. A drain lifts these rates, so that requests can end by their deadline. They hold for
    streams, files and sockets as handlers get them, and not for another program, or another library's transport, that a
    handler gives the descriptor to.

    Raises RecipeError for values that cannot work.
    """

    connections: int | None = DEFAULT_CONNECTIONS
    per_peer: int | None = None
    rate: float | None = None
    over: Literal["pause", "refuse"] = "pause"
    ipv6_prefix: int = DEFAULT_IPV6_PREFIX
    read_rate: float | None = None
    write_rate: float | None = None
    total_read_rate: float | None = None
    total_write_rate: float | None = None

    def __post_init__(self) -> None:
        for field in ("connections", "per_peer"):
            value: object = getattr(self, field)
            if value is not None:
                check_at_least("Limits", field, value, 1, "give how many at once, or None for any number")
        check_positive("Limits", "rate", self.rate, "give how many a second, or None for any number")
        for field in ("read_rate", "write_rate", "total_read_rate", "total_write_rate"):
            check_positive("Limits", field, getattr(self, field), "give bytes a second, or None for any number")
        if self.over not in ("pause", "refuse"):
            raise RecipeError(f"Limits(over={self.over!r}) must be 'pause' or 'refuse'")
        check_at_least("Limits", "ipv6_prefix", self.ipv6_prefix, 1, "give the bits of an address that are one peer")
        if self.ipv6_prefix > _IPV6_BITS:
            raise RecipeError(f"Limits(ipv6_prefix={self.ipv6_prefix!r}) must be at most {_IPV6_BITS}")

    __repr__ = recipe_repr


DEFAULT_LIMITS: Final = Limits()
"""The limits of a server that was given none."""
