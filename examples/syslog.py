"""A syslog collector: UDP, TCP with both framings of RFC 6587, and a Unix datagram socket, into SQLite.

`python -m typedserver examples.syslog:server`, then `logger -n 127.0.0.1 -P 5514 -d hello` (`-T` in place of `-d` for
TCP), or `logger -u syslog.sock hello`; `sqlite3 syslog.db 'SELECT * FROM messages'` shows what has come.
"""

import contextlib
import queue
import sqlite3
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor

from typedserver import (
    TCP,
    UDP,
    Address,
    DatagramRequest,
    Deadlines,
    Group,
    HasLifespan,
    Keepalive,
    Multiplexed,
    Queue,
    QueueClosed,
    Server,
    ServerConfig,
    Stream,
    StreamConfig,
    UnixDatagram,
    stream_handler,
)

MOST, BATCH, WAITING = 64 * 1024, 1000, 10_000  # bytes of a message; messages of a transaction, and before one
SCHEMA = """PRAGMA journal_mode = WAL;
CREATE TABLE IF NOT EXISTS messages (received REAL, source TEXT, facility INT, severity INT, text TEXT)"""
Message = tuple[float, str, int, int, str]


def parse(data: bytes, client_address: Address) -> Message:
    head, _, text = data.partition(b">")
    if not head.startswith(b"<") or not head[1:].isdigit():
        head, text = b"<13", data  # user.notice, as RFC 3164 says
    source = client_address[0] if isinstance(client_address, tuple) else "local"
    return time.time(), source, int(head[1:]) >> 3, int(head[1:]) & 7, text.decode(errors="replace").rstrip("\r\n\0")


def write(database: sqlite3.Connection, messages: Queue[Message]) -> None:
    with contextlib.suppress(QueueClosed):
        while True:
            batch = [messages.get_blocking()]
            with contextlib.suppress(queue.Empty, QueueClosed):
                while len(batch) < BATCH:
                    batch.append(messages.get_nowait())
            try:
                with database:
                    database.executemany("INSERT INTO messages VALUES (?, ?, ?, ?, ?)", batch)
            except sqlite3.Error as error:
                print(f"{len(batch)} messages are lost: {error}")


@contextlib.contextmanager
def stored(path: str) -> Generator[Queue[Message]]:
    """Store what the handlers of one server put into the queue; all of it is stored when the server has drained."""
    with contextlib.closing(sqlite3.connect(path, timeout=30, check_same_thread=False)) as database:
        database.executescript(SCHEMA)
        with ThreadPoolExecutor(1) as thread, contextlib.closing(Queue[Message](WAITING)) as messages:
            thread.submit(write, database, messages)
            yield messages


def packet(request: DatagramRequest, client_address: Address, server: HasLifespan[Queue[Message]]) -> None:
    with contextlib.suppress(queue.Full):  # what the disk cannot keep up with is lost, as any datagram may be
        server.lifespan_value.put_nowait(parse(request[0], client_address))


@stream_handler(config=StreamConfig(limit=MOST))
async def connection(stream: Stream[Address, HasLifespan[Queue[Message]]]) -> None:
    while first := await stream.read(1):
        data = first + await (stream.readuntil(b" ") if first.isdigit() else stream.readline())
        if first.isdigit():
            if not data[:-1].isdigit() or int(data) > MOST:
                return
            data = await stream.readexactly(int(data))
        await stream.server.lifespan_value.put(parse(data, stream.client_address))  # waits for a slow disk
        stream.message_done()


def collector(database: str, port: int, path: str) -> Group:
    tcp = TCP(port=port, keepalive=Keepalive(idle=60, interval=10, count=6))
    config = ServerConfig(deadlines=Deadlines(read=None, total=None))  # a client may have nothing to say for days
    return Group(
        [
            Server(UDP(port=port), packet, lifespan=lambda: stored(database)),
            Server(tcp, connection, Multiplexed(), config=config, lifespan=lambda: stored(database)),
            Server(UnixDatagram(path, mode=0o666), packet, lifespan=lambda: stored(database)),
        ]
    )


server = collector("syslog.db", 5514, "syslog.sock")
