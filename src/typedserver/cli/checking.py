"""What ``serve`` would do, in lines: ``--check``. It loads what a start would load, and binds nothing."""

from collections.abc import Iterator

from typedserver.access.layers import layers
from typedserver.access.tls import TLS
from typedserver.cli.rights import Rights
from typedserver.cli.settings import Settings
from typedserver.control.operated import Operated
from typedserver.lifetime.tree import is_ours, leaves
from typedserver.prefork.prefork import Prefork
from typedserver.prefork.sharing import is_server
from typedserver.protocols.servers import AnyServer
from typedserver.security.tls_config import TLSConfig


def check(server: AnyServer, settings: Settings) -> Iterator[str]:
    """Yield what a start would do; raises as a start would, for what can be known before anything is bound."""
    Rights(server, settings).check()
    yield f"{settings.app} would serve"
    served = server.server if isinstance(server, Operated) else server
    for leaf in leaves(served):
        if not is_server(leaf):
            yield f"  {leaf!r}" if is_ours(leaf) else f"  {leaf!r}, which is bound already"
            continue
        for layer in layers(leaf.endpoint):
            if isinstance(layer, TLS) and isinstance(layer.config, TLSConfig):
                layer.config.check()
        yield f"  {leaf!r}"
    if isinstance(served, Prefork):
        yield f"in {served.processes} processes"
    if isinstance(server, Operated):
        for face in server.faces:
            yield f"shown by {face!r}"
    if settings.user is not None or settings.group is not None:
        user, group = settings.user or "unchanged", settings.group or "the user's"
        yield f"as user {user}, group {group}, once all is bound"
    if settings.pid_file is not None:
        yield f"with its number in {settings.pid_file}"
