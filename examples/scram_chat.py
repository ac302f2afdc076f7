"""A chat whose members have proven their passwords (SCRAM), over TLS; it needs `pip install 'typedserver[scram]'`.

In CHAT_FOLDER (the folder where you are, if you do not set it) it needs server.pem and server.key, as examples/tls.py
makes them, and users.json: `python -m examples.scram_chat add ann` asks for a password, and keeps what only proves it.
`python -m typedserver examples.scram_chat:server` serves. `python -m examples.scram_chat join ann` says a line as
ann, and shows what others say: who shows a certificate that ca.pem has not signed gets no proof.
"""

import contextlib
import getpass
import json
import os
import ssl
import sys
from collections.abc import Generator
from pathlib import Path

from typedserver import (
    TCP,
    TLS,
    Authenticated,
    Deadlines,
    HasLifespan,
    Identified,
    InetPeer,
    Multiplexed,
    Scram,
    ScramSecret,
    Server,
    ServerConfig,
    Stream,
    TLSConfig,
    broadcast,
    connect,
    drive,
    scram_login,
    stream_handler,
)

FOLDER = Path(os.environ.get("CHAT_FOLDER", "."))


class Users:
    """The secrets of all users, in a file of JSON; it is read anew each time, where reading may block."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def _read(self) -> dict[str, list[str]]:
        users: dict[str, list[str]] = json.loads(self._file.read_text()) if self._file.exists() else {}
        return users

    def secret(self, user: str, /) -> ScramSecret | None:
        if (kept := self._read().get(user)) is None:
            return None
        salt, stored_key, server_key = (bytes.fromhex(each) for each in kept[:3])
        return ScramSecret(salt=salt, stored_key=stored_key, server_key=server_key, iterations=int(kept[3]))

    def add(self, user: str, password: str) -> None:
        made = ScramSecret.of(password)
        kept = [made.salt.hex(), made.stored_key.hex(), made.server_key.hex(), str(made.iterations)]
        new = self._file.with_suffix(".new")
        new.touch(mode=0o600)
        new.write_text(json.dumps(self._read() | {user: kept}))
        new.replace(self._file)


@contextlib.contextmanager
def members() -> Generator[list[Stream[Identified[str]]]]:
    yield []


@stream_handler
async def talk(stream: Stream[Identified[str], HasLifespan[list[Stream[Identified[str]]]]]) -> None:
    room, name = stream.server.lifespan_value, stream.principal
    room.append(stream)

    def say(text: str) -> None:
        for slow in broadcast([each for each in room if each is not stream], f"{text}\n".encode()):
            slow.close()

    try:
        say(f"* {name} has come")
        await stream.write(f"* {' '.join(sorted(each.principal for each in room))}\n".encode())
        async for line in stream:
            say(f"<{name}> {line.decode(errors='replace').strip()}")
    finally:
        room.remove(stream)
        say(f"* {name} has gone")


def chat(folder: Path, port: int) -> Server[ssl.SSLSocket, InetPeer[str]]:
    config = TLSConfig(certificate=folder / "server.pem", key=folder / "server.key", watch=60)
    endpoint = Authenticated(TLS(TCP(port=port), config), Scram(Users(folder / "users.json")))
    deadlines = Deadlines(read=None, total=None, write=10)  # a member may listen for days
    return Server(endpoint, talk, Multiplexed(), config=ServerConfig(deadlines=deadlines), lifespan=members)


async def join(folder: Path, port: int, user: str, password: str, line: str) -> None:
    context = ssl.create_default_context(cafile=folder / "ca.pem")
    async with await connect(("127.0.0.1", port), tls=context, server_hostname="localhost") as stream:
        await scram_login(stream, user, password)
        await stream.write(f"{line}\n".encode())
        async for heard in stream:
            print(heard.decode(errors="replace"), end="", flush=True)


server = chat(FOLDER, 7010)

if __name__ == "__main__":
    command, user = sys.argv[1:3]
    password = getpass.getpass()
    if command == "add":
        Users(FOLDER / "users.json").add(user, password)
    else:
        drive(join(FOLDER, 7010, user, password, input("say: ")))
