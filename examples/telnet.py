"""A line server in the manner of telnet, whose long command ends at once when the client interrupts it.

A telnet client sends Interrupt Process and then Synch: IAC IP, and IAC DM whose last byte is urgent (RFC 854). Urgent
data overtakes whatever waits: the command ends, and what was typed before the mark is thrown away.

    python -m typedserver examples.telnet:server
    telnet 127.0.0.1 2323          (count 1000, then its escape character, ^], and "send ip" and "send synch")
"""

from typing import Final

from typedserver import TCP, Multiplexed, Server, Stream, StreamConfig, stream_handler

# RFC 854: what begins a command of telnet, and the commands that are looked at here.
IAC: Final = 255
SE: Final = 240
AYT: Final = 246
SB: Final = 250
WILL: Final = 251
WONT: Final = 252
DO: Final = 253
DONT: Final = 254


class Terminal:
    """One client: its lines without telnet's own commands, and what it interrupts."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._text = bytearray()
        self._parser = Parser()

    async def line(self) -> bytes | None:
        """Return the next line; None at the end."""
        while b"\n" not in self._text:
            data = await self._stream.read(1024)
            if not data:
                return None
            await self._take(data)
        line, _, rest = bytes(self._text).partition(b"\n")
        self._text[:] = rest
        return line.rstrip(b"\r\0")

    async def _take(self, data: bytes) -> None:
        text, answer = self._parser.feed(data)
        self._text += text
        if answer:
            await self._stream.write(answer)

    async def forget(self) -> None:
        """Throw away what the client has typed before its mark."""
        while not self._stream.at_mark():
            if not await self._stream.read(1024):
                break
        self._text.clear()
        self._parser = Parser()


class Parser:
    """Takes telnet's commands out of what a client sends; it may come in any pieces."""

    def __init__(self) -> None:
        self._kept = b""

    def feed(self, data: bytes) -> tuple[bytes, bytes]:
        """Return the text of the data, and what must be answered."""
        data = self._kept + data
        text, answer, at = bytearray(), bytearray(), 0
        while at < len(data):
            if data[at] != IAC:
                text.append(data[at])
                at += 1
                continue
            size = length_of(data, at)
            if size is None:
                break
            command = data[at + 1]
            if command == IAC:
                text.append(IAC)
            elif command == AYT:
                answer += b"[yes]\r\n"
            elif command in (WILL, DO):
                # It does nothing that a client offers or asks for.
                answer += bytes([IAC, DONT if command == WILL else WONT, data[at + 2]])
            at += size
        self._kept = data[at:]
        return bytes(text), bytes(answer)


def length_of(data: bytes, at: int) -> int | None:
    """Return how long the command is that begins here; None if more of it must come."""
    if at + 1 >= len(data):
        return None
    command = data[at + 1]
    if command == SB:
        end = data.find(bytes([IAC, SE]), at)
        return None if end < 0 else end + 2 - at
    size = 3 if WILL <= command <= DONT else 2
    return size if at + size <= len(data) else None


async def count(stream: Stream, most: int) -> bool:
    """Count, slowly; returns whether it was interrupted."""
    for number in range(1, most + 1):
        await stream.write(b"%d\r\n" % number)
        # Nobody reads meanwhile: only what is urgent comes through.
        if await stream.wait_urgent(0.01):
            return True
    return False


@stream_handler(config=StreamConfig(urgent="deliver"))
async def telnet(stream: Stream) -> None:
    """Serve one client: "count N" counts, "quit" ends, and anything else is said again."""
    terminal = Terminal(stream)
    await stream.write(b"count N, quit, or anything else\r\n")
    while (line := await terminal.line()) is not None and line != b"quit":
        word, _, number = line.partition(b" ")
        if word == b"count" and number.isdigit():
            if await count(stream, int(number)):
                await terminal.forget()
                await stream.write(b"interrupted\r\n")
            else:
                await stream.write(b"done\r\n")
        else:
            await stream.write(line + b"\r\n")


server = Server(TCP(port=2323), telnet, Multiplexed())
