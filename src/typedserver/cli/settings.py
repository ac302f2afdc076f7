"""Every option of ``serve``, once. Arguments, config keys, JSON Schema, completions and documentation are made of it.

It knows no server: what becomes of the values is ``composing.py``'s and ``serving.py``'s.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal, cast

from typedserver.cli.addresses import ADDRESS, PAGE
from typedserver.cli.kinds import (
    APP,
    COUNT,
    DEADLINE,
    FILE,
    FOLDER,
    LIMIT,
    MASK,
    NAME,
    NETWORK,
    NONE,
    OVER,
    RATE,
    SECONDS,
    one_of,
)
from typedserver.cli.options import Section, argument, declared, flag, option, options
from typedserver.cli.strategies import DEFAULT, STRATEGY, StrategyChoice
from typedserver.config import DEFAULT_DEADLINES, DEFAULT_LIMITS
from typedserver.protocols.endpoints import Endpoint
from typedserver.service.hot_restart import DEFAULT_START_DEADLINE

SERVED: Final = Section("what is served")
HANDLER: Final = Section("how a handler is served", of_handler=True)
LIMITED: Final = Section("limits and deadlines of a handler", of_handler=True)
RUN: Final = Section("how the program runs")
OPERATED: Final = Section("how operators see it")
LOGS: Final = Section("what it writes")

# What a process may lose when it becomes another user.
ABILITIES: Final = ("reload", "unlink", "restart")

LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What ``serve`` was asked for.

    given: the fields that were set, by arguments or by the config file. config: that file; None: there is none.
    """

    app: str | None = argument(
        APP, SERVED, "a server, a function that makes one (--factory), or a handler (--listen), as app:server"
    )
    factory: bool = flag(SERVED, "call what MODULE:ATTRIBUTE names, without arguments, and serve what it returns")
    processes: int | None = option(
        COUNT, None, SERVED, "serve in so many worker processes, each with the strategy", unset="this one"
    )

    listen: tuple[Endpoint[object, object], ...] = options(
        ADDRESS,
        HANDLER,
        "where to listen: tcp://127.0.0.1:9999, tcp://[::1]:9999, unix:chat.sock, udp://..., fd://3; may be repeated",
    )
    strategy: StrategyChoice | None = option(
        STRATEGY,
        None,
        HANDLER,
        "how many requests run at once: threads, thread-pool:64, multiplexed, ...",
        unset=DEFAULT,
    )

    tls_certificate: Path | None = option(
        FILE, None, HANDLER, "a certificate in PEM, with those that it was made by: connections are encrypted"
    )
    tls_key: Path | None = option(FILE, None, HANDLER, "the certificate's key", unset="in the certificate's file")
    tls_client_ca: Path | None = option(
        FILE, None, HANDLER, "whose certificates clients must have: a file of PEM, or a folder"
    )
    proxy_from: tuple[str, ...] = options(
        NETWORK,
        HANDLER,
        "a proxy that says whose each connection is (PROXY protocol), by its address or network; may be repeated",
    )

    limit_connections: int | None = option(
        LIMIT, DEFAULT_LIMITS.connections, LIMITED, "how many connections, or datagrams, at once"
    )
    limit_per_peer: int | None = option(
        LIMIT, DEFAULT_LIMITS.per_peer, LIMITED, "how many of them one address may have", unset=NONE
    )
    limit_rate: float | None = option(
        RATE, DEFAULT_LIMITS.rate, LIMITED, "how many are accepted per second", unset=NONE
    )
    limit_over: Literal["pause", "refuse"] = option(
        OVER, DEFAULT_LIMITS.over, LIMITED, "what becomes of more than --limit-connections and --limit-rate"
    )
    limit_ipv6_prefix: int = option(
        COUNT, DEFAULT_LIMITS.ipv6_prefix, LIMITED, "how many leading bits of an IPv6 address are one peer"
    )
    limit_read_rate: float | None = option(
        RATE, DEFAULT_LIMITS.read_rate, LIMITED, "bytes a second that each connection may receive", unset=NONE
    )
    limit_write_rate: float | None = option(
        RATE, DEFAULT_LIMITS.write_rate, LIMITED, "bytes a second that each connection may send", unset=NONE
    )
    limit_total_read_rate: float | None = option(
        RATE, DEFAULT_LIMITS.total_read_rate, LIMITED, "bytes a second that all of a server may receive", unset=NONE
    )
    limit_total_write_rate: float | None = option(
        RATE, DEFAULT_LIMITS.total_write_rate, LIMITED, "bytes a second that all of a server may send", unset=NONE
    )
    deadline_establish: float | None = option(
        DEADLINE, DEFAULT_DEADLINES.establish, LIMITED, "how long a handshake may take, or a proxy's header"
    )
    deadline_read: float | None = option(
        DEADLINE, DEFAULT_DEADLINES.read, LIMITED, "how long a read may wait for the client"
    )
    deadline_write: float | None = option(
        DEADLINE, DEFAULT_DEADLINES.write, LIMITED, "how long a write may wait for the client"
    )
    deadline_total: float | None = option(DEADLINE, DEFAULT_DEADLINES.total, LIMITED, "how long a connection may last")

    deadline: float | None = option(
        SECONDS,
        None,
        RUN,
        "how long running requests have when the server is asked to end",
        unset="as the server's Deadlines say, 25",
    )
    start_deadline: float = option(
        SECONDS,
        DEFAULT_START_DEADLINE,
        RUN,
        "how long a new process has to be ready, when SIGUSR2 asks for a hot restart",
    )

    pid_file: Path | None = option(FILE, None, RUN, "write the process's number to a file while it serves")
    user: str | None = option(NAME, None, RUN, "become this user when all is bound; only root can")
    group: str | None = option(NAME, None, RUN, "become of this group when all is bound", unset="the user's")
    give_up: tuple[str, ...] = options(
        one_of("WORD", *ABILITIES),
        RUN,
        "what the user need not be able to do later: load changed certificates, remove files, restart hot",
    )
    umask: int | None = option(MASK, None, RUN, "the rights that new files do not get, in octal, as 027")
    reload: bool = flag(RUN, "start anew when a file changes, for development (extra: reload)")
    reload_folder: tuple[Path, ...] = options(FOLDER, RUN, "what --reload watches", unset="the working directory")

    control: Path | None = option(
        FILE, None, OPERATED, "a Unix socket by which `typedserver ctl` and `typedserver top` see and steer the server"
    )
    operator_page: Endpoint[object, object] | None = option(
        PAGE, None, OPERATED, "a page for operators in a browser, at 127.0.0.1:9100 or unix:page.sock; its URL is shown"
    )
    count_messages: bool = flag(OPERATED, "count and time each message of connections too, not requests alone")

    log_level: str = option(one_of("LEVEL", *LEVELS), "WARNING", LOGS, "the least level that is logged")

    log_format: str = option(one_of("WORD", "text", "json"), "text", LOGS, "how a line of the log looks")
    access_log: bool = flag(LOGS, "log a line for each request that is over")

    given: frozenset[str] = frozenset()
    config: Path | None = None


def settings_of(values: Mapping[str, object], config: Path | None) -> Settings:
    """Return the settings with these values, by the names of their fields, and the defaults of all others."""
    # Each value was made by the kind of its field.
    return replace(Settings(), **cast("Mapping[str, Any]", values), given=frozenset(values), config=config)


OPTIONS: Final = tuple(declared(Settings))
"""All options, in the order of the help."""
