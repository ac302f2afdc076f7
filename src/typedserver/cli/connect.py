"""``typedserver connect``: talk to a server in lines, so that nobody needs nc, socat or openssl for that."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final, cast

from typedserver.cli.conversation import Conversation, history_file
from typedserver.cli.kinds import FILE
from typedserver.cli.mistakes import UsageError
from typedserver.cli.parser import Command, typed
from typedserver.cli.targets import TARGET, Target, connected, encrypted

# 128 and the number of Ctrl-C's.
_INTERRUPTED: Final = 130


def _declare(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "target",
        metavar=TARGET.metavar,
        type=typed(TARGET),
        help="tcp://127.0.0.1:9999, unix:chat.sock, udp://127.0.0.1:9999 or unix-datagram:log.sock",
    )
    parser.add_argument("--crlf", action="store_true", help="end lines by CR LF, as HTTP, SMTP and Redis want them")
    parser.add_argument("--no-history", action="store_true", help="keep no lines for the next time")
    parser.add_argument("--tls", action="store_true", help="encrypt the connection")
    parser.add_argument(
        "--tls-ca", metavar="FILE", type=typed(FILE), help="who has made the server's certificate (implies --tls)"
    )
    parser.add_argument("--tls-name", metavar="NAME", help="the server's name, if it is not the host (implies --tls)")


def _connect(values: dict[str, object], _arguments: Sequence[str]) -> int:
    target = cast("Target", values["target"])
    ca, name = cast("Path | None", values["tls_ca"]), cast("str | None", values["tls_name"])
    wants_tls = bool(values["tls"]) or ca is not None or name is not None
    if wants_tls and target.is_datagram:
        raise UsageError(f"--tls is for connections, and {target.text} takes datagrams: leave it out")
    connection = connected(target)
    if wants_tls:
        connection = encrypted(connection, target, ca=ca, name=name)
    with connection:
        conversation = Conversation(connection, b"\r\n" if values["crlf"] else b"\n")
        try:
            if sys.stdin.isatty() and sys.stdout.isatty():
                conversation.talk(None if values["no_history"] else history_file())
            else:
                conversation.copy(sys.stdin.fileno(), sys.stdout)
        except KeyboardInterrupt:
            return _INTERRUPTED
    return 0


COMMAND: Final = Command(
    "connect",
    "talk to a server in lines",
    "Talk to a server: what is typed is sent line by line, what comes is shown. Ctrl-D ends the sending side.",
    _declare,
    _connect,
)
