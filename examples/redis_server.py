"""A small Redis in memory: `python -m typedserver examples.redis_server:server`, then `redis-cli -p 6380 incr hits`."""

import functools
import threading

from typedserver import TCP, Multiplexed, Server, Stream, StreamConfig, stream_handler

MOST_ARGUMENTS, MOST_BYTES, MOST_DIGITS = 256, 1024 * 1024, 18  # of one command
CHUNK = 16384  # of one read; if a client pipelines, one write answers all that a read has brought
values: dict[bytes, bytes] = {}
one_command = threading.Lock()  # if threads serve; under Forks each child would have values of its own


def bulk(value: bytes | None) -> bytes:
    return b"$-1\r\n" if value is None else b"$%d\r\n%b\r\n" % (len(value), value)


def execute(name: bytes, arguments: list[bytes]) -> bytes:  # noqa: C901, PLR0911 - a case for each command
    match name.upper(), arguments:
        case b"PING", []:
            return b"+PONG\r\n"
        case b"PING" | b"ECHO", [message]:
            return bulk(message)
        case b"GET", [key]:
            return bulk(values.get(key))
        case b"SET", [key, value]:
            values[key] = value
            return b"+OK\r\n"
        case b"DEL" | b"EXISTS" as which, [_, *_]:
            look_up = values.pop if which == b"DEL" else values.get
            return b":%d\r\n" % sum(look_up(key, None) is not None for key in arguments)
        case b"INCR", [key]:
            if not (before := values.get(key, b"0")).removeprefix(b"-").isdigit() or len(before) > MOST_DIGITS:
                return b"-ERR value is not an integer or out of range\r\n"
            values[key] = b"%d" % (int(before) + 1)
            return b":%b\r\n" % values[key]
        case b"CONFIG", [_, setting]:
            return b"*2\r\n%b$0\r\n\r\n" % bulk(setting)
        case b"COMMAND", _:
            return b"*0\r\n"
        case b"QUIT", _:
            raise EOFError(b"+OK\r\n")
        case b"PING" | b"ECHO" | b"GET" | b"SET" | b"DEL" | b"EXISTS" | b"INCR" | b"CONFIG", _:
            return b"-ERR wrong number of arguments for '%b' command\r\n" % name.lower()
        case _:  # %a, because a line end in the name would begin another reply
            return b"-ERR unknown command %a\r\n" % name[:128].decode("latin-1")


@functools.lru_cache  # most lines are short and have been seen before
def length(line: bytes, kind: bytes, most: int) -> int:
    digits = line[1:].removesuffix(b"\r\n")
    if line.startswith(kind) and digits.isdigit() and len(digits) <= MOST_DIGITS and (size := int(digits)) <= most:
        return size
    raise EOFError(b"-ERR Protocol error: expected '%b' and a length up to %d\r\n" % (kind, most))


def parse(received: bytes, start: int) -> tuple[list[bytes], int]:
    """Return the words of the command at ``start``, and where the next begins; raises ValueError if it is not whole."""
    end = received.index(b"\n", start) + 1
    if not received.startswith(b"*", start):
        return received[start:end].split(), end
    words: list[bytes] = []
    for _ in range(length(received[start:end], b"*", MOST_ARGUMENTS)):
        start = received.index(b"\n", end) + 1
        size = length(received[end:start], b"$", MOST_BYTES)
        end = received.index(b"\n", start + size) + 1
        words.append(received[start : start + size])
    return words, end


def answer(received: bytes) -> tuple[bytes, bytes | None]:
    """Return replies and the bytes that they leave; None for these if an EOFError says that the connection must end."""
    replies, start = b"", 0
    try:
        while start < len(received) and len(replies) < CHUNK:
            words, start = parse(received, start)
            if words:
                with one_command:
                    replies += execute(words[0], words[1:])
    except EOFError as last:
        return replies + last.args[0], None
    except ValueError:
        if len(received) - start > MOST_BYTES:
            return replies + b"-ERR Protocol error: too big request\r\n", None
    return replies, received[start:]


@stream_handler(config=StreamConfig(disable_nagle_algorithm=True))
async def redis(stream: Stream) -> None:
    received: bytes | None = b""
    while received is not None:
        replies, received = answer(received)
        if replies:
            await stream.write(replies)
        elif received is not None:
            received = received + data if (data := await stream.read(CHUNK)) else None


server = Server(TCP(port=6380), redis, Multiplexed())
