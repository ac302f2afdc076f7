"""What a control socket says, as types: the JSON that ``actions.py`` and ``watching.py`` make, and clients read.

docs/operating.md says what each field means. Typing only.
"""

from typing import TypedDict


class Times(TypedDict):
    """How long what was over in the last minute took, in seconds."""

    count: int
    p50: float
    p99: float
    most: float


class Latencies(TypedDict):
    """Those of requests, and of messages of connections."""

    requests: Times
    messages: Times


class Rates(TypedDict):
    """How many there were a second, over the last ten."""

    requests: float
    messages: float
    refused: float


class Messages(TypedDict):
    """How many messages of connections there were."""

    count: int
    failed: int


class ServerStatus(TypedDict):
    """One server. Of a foreign one nothing is known but what it is."""

    handler: str
    address: str | None
    endpoint: str | None
    strategy: str | None
    connections: int | None
    limit: int | None


class WorkerStatus(TypedDict):
    """One worker of a Prefork."""

    pid: int
    connections: int
    requests: int
    answers: bool


class Status(TypedDict):
    """The answer to ``status``."""

    state: str
    pid: int
    seconds: float
    connections: int
    requests: dict[str, int]
    refused: dict[str, int]
    messages: Messages
    rates: Rates
    latencies: Latencies
    servers: list[ServerStatus]
    workers: list[WorkerStatus]
    workers_ended: int


class Row(TypedDict):
    """A connection in a list."""

    id: str
    address: str
    handler: str
    seconds: float
    state: str


class Listing(TypedDict):
    """The answer to ``connections``: a page of those that were looked for, and how many there are of them."""

    total: int
    offset: int
    connections: list[Row]


class News(TypedDict):
    """What ``watch`` sends, once a second. The first one has all connections as new ones."""

    status: Status
    new: list[Row]
    gone: list[str]
    changed: list[tuple[str, str]]
