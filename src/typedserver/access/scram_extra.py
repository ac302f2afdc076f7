"""The package scramp, which only an extra installs and which has no types: what is called of it, and its wire form.

It is imported when the first recipe or client needs it.
"""

import importlib
from collections.abc import Callable, Sequence
from typing import Any, Final, Literal, Protocol, TypeAlias, cast, get_args

from typedserver.errors import CompositionError

ScramMechanismName: TypeAlias = Literal["SCRAM-SHA-256", "SCRAM-SHA-512"]
"""The mechanisms that are spoken here (RFC 7677, and the same with SHA-512)."""

MECHANISMS: Final[tuple[ScramMechanismName, ...]] = get_args(ScramMechanismName)

PLUS: Final = "-PLUS"
"""What is behind the name of a mechanism that is bound to the TLS session (RFC 5802, 4)."""

# Bytes of a message: far more than a name and the numbers take, and little enough to be kept for who is unknown.
LONGEST_MESSAGE: Final = 4096

# How a binding to the server's certificate is named (RFC 5929, 4). Python and TLS 1.3 have no other in common: there is
# no tls-unique in TLS 1.3, and before that a resumed session breaks it.
END_POINT: Final = "tls-server-end-point"

Binding: TypeAlias = tuple[str, bytes] | None
"""The name of a binding and its data; None if there is none."""

AuthInfo: TypeAlias = tuple[bytes, bytes, bytes, int]
"""Salt, stored key, server key and iterations."""


class ScramServer(Protocol):
    """The server's side of one exchange; the methods are called in this order."""

    def set_client_first(self, client_first: str) -> None:
        """Take the client's first message."""
        ...

    def get_server_first(self) -> str:
        """Return what answers it."""
        ...

    def set_client_final(self, client_final: str) -> None:
        """Take the client's last message, and check its proof."""
        ...

    def get_server_final(self) -> str:
        """Return what answers it."""
        ...


class ScramClient(Protocol):
    """The client's side of one exchange; the methods are called in this order."""

    iterations: Any

    def get_client_first(self) -> str:
        """Return the first message."""
        ...

    def set_server_first(self, message: str) -> None:
        """Take what answers it."""
        ...

    def get_client_final(self) -> str:
        """Return the last message, with the proof; it takes a while."""
        ...

    def set_server_final(self, message: str) -> None:
        """Take what answers it, and check the server's proof."""
        ...


class Mechanism(Protocol):
    """A mechanism of scramp."""

    def make_auth_info(self, password: str, iteration_count: int, salt: bytes) -> AuthInfo:
        """Make what a server keeps of a password."""
        ...

    def make_server(self, auth_fn: Callable[[str], AuthInfo], channel_binding: Binding) -> ScramServer:
        """Begin an exchange."""
        ...


class Scramp(Protocol):
    """The package."""

    # The root of what it raises if a peer, or a value, is wrong.
    ScramException: type[Exception]

    def ScramMechanism(self, mechanism: str) -> Mechanism:  # noqa: N802 - the package's name for it
        """Return a mechanism by its name."""
        ...

    def ScramClient(  # noqa: N802 - as above
        self, mechanisms: Sequence[str], username: str, password: str, channel_binding: Binding
    ) -> ScramClient:
        """Begin an exchange by the best of these mechanisms."""
        ...


def scramp() -> Scramp:
    """Return the package; raises CompositionError, which names the extra, if it is not installed."""
    try:
        package = importlib.import_module("scramp")
    except ModuleNotFoundError as error:
        # Another module's name: the package is there and is itself not complete.
        if error.name != "scramp":
            raise
        raise CompositionError("scramp is not installed: pip install 'typedserver[scram]'") from error
    return cast("Scramp", package)
