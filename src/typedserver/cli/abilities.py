"""What a process that has become another user can no longer do, found out before it binds anything.

It asks the kernel, as that user. Each loss is refused with the remedy, or given up by ``--give-up``: found out later,
it would be a certificate that expires, a file that stays, or a new version that does not start.
"""

import contextlib
import os
import socket
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final, cast

from typedserver.access.layers import layers
from typedserver.access.tls import TLS
from typedserver.cli.accounts import Account
from typedserver.cli.mistakes import UsageError
from typedserver.cli.settings import Settings
from typedserver.endpoints.tcp import TCP
from typedserver.endpoints.udp import UDP
from typedserver.endpoints.unix import UnixDatagram, UnixStream
from typedserver.endpoints.unix_path import place_of
from typedserver.lifetime.tree import leaves, nodes
from typedserver.prefork.prefork import Prefork
from typedserver.prefork.sharing import is_server
from typedserver.protocols.endpoints import Endpoint
from typedserver.protocols.servers import AnyServer
from typedserver.security.tls_config import TLSConfig

# The first port that anybody may bind, if the kernel does not say (ip(7), ip_unprivileged_port_start).
_UNPRIVILEGED: Final = 1024


def check_abilities(server: AnyServer, settings: Settings, account: Account) -> None:
    """Raise UsageError if the account cannot do later what a server does, unless that was given up."""
    with account.tried():
        lost = [(ability, why) for ability, why in _lost(server, settings, account) if ability not in settings.give_up]
    if lost:
        words = " ".join(f"--give-up {ability}" for ability in dict.fromkeys(ability for ability, _ in lost))
        reasons = "; ".join(why for _, why in lost)
        raise UsageError(f"--user {account.name}: {reasons}. Or do without: {words}")


def _lost(server: AnyServer, settings: Settings, account: Account) -> Iterator[tuple[str, str]]:
    """Yield what the account cannot do, each time with the reason and the remedy."""
    endpoints = [layer for leaf in leaves(server) if is_server(leaf) for layer in layers(leaf.endpoint)]
    for file in dict.fromkeys(_files_of_tls(endpoints)):
        if not _is_readable(file):
            why = "so a renewed certificate could not be loaded: give the file to a group of the user's"
            yield "reload", f"that user cannot read {file}, {why} (chgrp {account.gid} {file}; chmod 640 {file})"
    for path in dict.fromkeys([*_files_of_sockets(endpoints), *([settings.pid_file] if settings.pid_file else [])]):
        folder = Path(place_of(str(path))).parent
        if not _may_remove_from(folder):
            why = f"because {folder} is not the user's: put it into a folder that is"
            made = folder / account.name
            yield "unlink", f"that user cannot remove {path}, {why} (install -d -o {account.name} {made})"
    for path, use in _needed_to_restart(settings):
        if not _is_readable(path):
            why = "so no new version could be started hot: put it where the user may read it"
            yield "restart", f"that user cannot read {path}, {use}, {why}"
    for port in _ports_of_workers(server):
        if port < _first_free_port():
            why = "which each worker of a new version would bind (reuse_port): leave that out"
            yield "restart", f"that user cannot bind port {port}, {why}"


def _files_of_tls(endpoints: list[Endpoint[object, object]]) -> Iterator[str]:
    for layer in endpoints:
        if isinstance(layer, TLS) and isinstance(layer.config, TLSConfig):
            yield from layer.config.files


def _files_of_sockets(endpoints: list[Endpoint[object, object]]) -> Iterator[Path]:
    for layer in endpoints:
        if isinstance(layer, UnixStream | UnixDatagram) and not layer.path.startswith("\0"):
            yield Path(layer.path)


def _needed_to_restart(settings: Settings) -> Iterator[tuple[Path, str]]:
    yield Path(sys.executable), "the interpreter"
    yield Path(socket.__file__), "a module of the interpreter"
    yield Path(__file__), "a module of this library"
    yield Path(sys.argv[0]), "the program"
    if settings.config is not None:
        yield settings.config, "the config file"
    module = sys.modules.get((settings.app or "").partition(":")[0])
    if module is not None and module.__file__ is not None:
        yield Path(module.__file__), "the module that is served"


def _ports_of_workers(server: AnyServer) -> Iterator[int]:
    """Yield the ports that each worker binds, and so the new version's."""
    for node in nodes(server):
        if isinstance(node, Prefork) and node.__lifetime__.servable.recipe.reuse_port:
            for leaf in leaves(cast("AnyServer", node)):
                if is_server(leaf):
                    yield from (each.port for each in layers(leaf.endpoint) if isinstance(each, TCP | UDP))


def _first_free_port() -> int:
    with contextlib.suppress(OSError, ValueError):
        return int(Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text(encoding="ascii"))
    return _UNPRIVILEGED


def _is_readable(path: str | Path) -> bool:
    try:
        # Not access(2), which asks for the real user.
        os.close(os.open(path, os.O_RDONLY | os.O_CLOEXEC))
    except OSError:
        return False
    return True


def _may_remove_from(folder: Path) -> bool:
    """Whether the user may remove a file of his own from a folder; in a sticky one, that is enough (unlink(2))."""
    try:
        mode = folder.stat().st_mode
    except OSError:
        return False
    return stat.S_ISDIR(mode) and os.access(folder, os.W_OK | os.X_OK, effective_ids=True)
