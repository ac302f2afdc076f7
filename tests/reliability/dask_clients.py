"""``python -m tests.reliability.dask_clients TCP-ADDRESS UDP-ADDRESS CLIENTS MESSAGES``: asks, and counts the replies.

Every second client speaks UDP, unless its address is null: it repeats a message until it is answered, and takes the
first reply. Of a TCP client each message must have one reply, in the order of the messages. It prints the share that is
done now and then, and the account at its end.
"""

import asyncio
import json
import sys
import time
from dataclasses import asdict, dataclass, field
from typing import Final

from tests.reliability.dask_work import reply_to

# How many messages of a client are on their way at once.
WINDOW: Final = 4

# Seconds until a datagram is repeated; doubled each time.
_FIRST_REPEAT: Final = 5.0


@dataclass
class Account:
    """What all clients have had.

    answered: messages with the right reply.
    repeats: datagrams that were sent again; twice: replies to what was answered.
    """

    answered: int = 0
    repeats: int = 0
    twice: int = 0
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list[str])

    def fault(self, what: str) -> None:
        if len(self.faults) < 20:
            self.faults.append(what)


def message(client: int, number: int) -> bytes:
    return b"%d:%d %s" % (client, number, b"x" * (number % 50))


async def ask_by_stream(address: tuple[str, int], client: int, messages: int, account: Account) -> None:
    reader, writer = await asyncio.open_connection(*address)
    window = asyncio.Semaphore(WINDOW)

    async def send() -> None:
        for number in range(messages):
            await window.acquire()
            writer.write(message(client, number) + b"\n")

    sending = asyncio.create_task(send())
    try:
        for number in range(messages):
            reply = await reader.readline()
            if reply != reply_to(message(client, number)) + b"\n":
                account.fault(f"client {client} got {reply!r} for its message {number}")
                return
            account.answered += 1
            window.release()
        await sending
        writer.write_eof()
        if rest := await reader.read():
            account.fault(f"client {client} got {rest!r} after its last reply")
    finally:
        sending.cancel()
        writer.close()


class Datagrams(asyncio.DatagramProtocol):
    """A UDP client's replies."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.awaited: dict[bytes, asyncio.Future[None]] = {}
        self.known: dict[bytes, bytes] = {}

    def datagram_received(self, data: bytes, addr: object) -> None:
        name = data.partition(b" ")[0]
        if data != self.known.get(name):
            self.account.fault(f"{data!r} is no reply")
        elif (awaited := self.awaited.pop(name, None)) is None:
            self.account.twice += 1
        else:
            awaited.set_result(None)


async def ask_by_datagrams(address: tuple[str, int], client: int, messages: int, account: Account) -> None:
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.create_datagram_endpoint(lambda: Datagrams(account), remote_addr=address)
    window = asyncio.Semaphore(WINDOW)

    async def ask(number: int) -> None:
        sent = message(client, number)
        name = sent.partition(b" ")[0]
        answer = protocol.awaited[name] = loop.create_future()
        protocol.known[name] = reply_to(sent)
        pause = _FIRST_REPEAT
        async with window:
            transport.sendto(sent)
            while not (await asyncio.wait([answer], timeout=pause))[0]:
                account.repeats += 1
                pause *= 2
                transport.sendto(sent)
        account.answered += 1

    try:
        async with asyncio.TaskGroup() as group:
            for number in range(messages):
                group.create_task(ask(number))
    finally:
        transport.close()


async def main() -> None:
    tcp, udp, clients, messages = (json.loads(argument) for argument in sys.argv[1:])
    account = Account()
    begun = time.monotonic()
    each = messages // clients

    async def report() -> None:
        said = 0
        while True:
            await asyncio.sleep(0.1)
            if (share := 20 * account.answered // messages) > said:
                said = share
                print(json.dumps(share / 20), flush=True)

    reporting = asyncio.create_task(report())
    async with asyncio.TaskGroup() as group:
        for client in range(clients):
            if udp is not None and client % 2:
                group.create_task(ask_by_datagrams(tuple(udp), client, each, account))
            else:
                group.create_task(ask_by_stream(tuple(tcp), client, each, account))
    reporting.cancel()
    account.seconds = time.monotonic() - begun
    print(json.dumps(asdict(account)), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
