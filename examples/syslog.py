"""A syslog collector: UDP, TCP with both framings of RFC 6587, and a Unix datagram socket, into SQLite.

`python -m typedserver examples.syslog:server`, then `logger -n 127.0.0.1 -P 5514 -d hello` (`-T` in place of `-d` for
TCP), or `logger -u syslog.sock hello`; `sqlite3 syslog.db 'SELECT * FROM messages'` shows what has come.
"""

import contextlib
import queue
import sqlite3
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

MOST, DIGITS, BATCH, WAITING = 65536, 5, 1000, 10_000  # bytes of a line; of a count; messages written at once; kept
PRIORITIES = {b"<%d" % each: each for each in range(192)}
SCHEMA = """PRAGMA journal_mode = WAL;
CREATE TABLE IF NOT EXISTS messages (received, source, facility, severity, text)"""
Message = tuple[str, int, int, str]


def parse(data: bytes, client_address: Address) -> Message:
    head, _, text = data.partition(b">")
    text, priority = (text, PRIORITIES[head]) if head in PRIORITIES else (data, 13)  # user.notice, as RFC 3164 says
    source = client_address[0] if isinstance(client_address, tuple) else "local"
    return source, priority >> 3, priority & 7, text.decode(errors="replace").rstrip("\r\n\0")


def write(database: sqlite3.Connection, messages: Queue[Message]) -> None:
    with contextlib.suppress(QueueClosed):
        while True:
            batch = [messages.get_blocking()]
            with contextlib.suppress(queue.Empty, QueueClosed):
                while len(batch) < BATCH:
                    batch.append(messages.get_nowait())
            try:
                with database:
                    database.executemany("INSERT INTO messages VALUES (CURRENT_TIMESTAMP, ?, ?, ?, ?)", batch)
            except sqlite3.Error as error:
                print(f"{len(batch)} messages are lost: {error}")


@contextlib.contextmanager
def stored(path: str) -> Generator[Queue[Message]]:  # when the server has drained, all of it is stored
    with contextlib.closing(sqlite3.connect(path, timeout=30, check_same_thread=False)) as database:
        database.executescript(SCHEMA)
        with ThreadPoolExecutor(1) as thread, contextlib.closing(Queue[Message](WAITING)) as messages:
            thread.submit(write, database, messages)
            yield messages


def packet(request: DatagramRequest, client_address: Address, server: HasLifespan[Queue[Message]]) -> None:
    with contextlib.suppress(queue.Full):  # what the disk cannot keep up with is lost, as any datagram may be
        server.lifespan_value.put_nowait(parse(request[0], client_address))


@stream_handler(config=StreamConfig(limit=MOST))
async def framed(stream: Stream[Address, HasLifespan[Queue[Message]]]) -> None:
    while first := await stream.read(1):
        data = first + await (stream.readuntil(b" ") if first.isdigit() else stream.readline())
        if first.isdigit():
            if not data[:-1].isdigit() or len(data) > DIGITS + 1:
                return
            data = await stream.readexactly(int(data))
        await stream.server.lifespan_value.put(parse(data, stream.client_address))  # waits for a slow disk
        stream.message_done()


def collector(path: str, port: int, socket: str) -> Group:
    quiet = ServerConfig(deadlines=Deadlines(read=None, total=None))  # a client may have nothing to say for days
    tcp = TCP(port=port, keepalive=Keepalive())
    lines = Server(tcp, framed, Multiplexed(), config=quiet, lifespan=lambda: stored(path))
    packets = Server(UDP(port=port), packet, lifespan=lambda: stored(path))
    local = Server(UnixDatagram(socket, mode=0o666), packet, lifespan=lambda: stored(path))
    return Group([packets, lines, local], same_port=not port)


server = collector("syslog.db", 5514, "syslog.sock")
