"""TLSConfig: the recipe of a server's TLS. It opens nothing, and loads OpenSSL only when it is checked or used."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, TypeAlias, cast

from typedserver.errors import RecipeError
from typedserver.recipes import check_callable, check_one_of, check_positive, recipe_repr, shown
from typedserver.security.openssl import ssl

PasswordSource: TypeAlias = Callable[[], str | bytes]

_CLIENT_CERTIFICATES: Final = ("none", "optional", "required")
_VERSIONS: Final = ("1.2", "1.3")

# ALPN writes the length of a name in one byte (RFC 7301, 3.1).
_LONGEST_PROTOCOL: Final = 255


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Identity:
    """A certificate, and its key: what a server proves its name by.

    certificate: a file of PEM, which begins with the server's own certificate; those that it was made by follow.
    key: a file of PEM with its key.
    password: returns the key's password; asked each time that the key is loaded, so that it lies nowhere.
    """

    certificate: str | Path
    key: str | Path
    password: PasswordSource | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        _check_identity(type(self).__name__, self.certificate, self.key, self.password)

    __repr__ = recipe_repr


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class TLSConfig:
    """How a server speaks TLS: ``TLS(TCP(port=443), TLSConfig(certificate="/etc/a.pem", key="/etc/a.key"))``.

    certificate, key, password: as in ``Identity``.
    client_ca: a file of PEM, or a folder that ``openssl rehash`` was run in, with those whose certificates of clients
    are trusted.
    client_certificate: whether a client is asked for a certificate, and whether it must have one. "optional" still
    refuses one that is not trusted.
    client_crl: a file of PEM with the lists of withdrawn certificates (CRL) of every authority between a client and the
    root. If one is missing or out of date, all clients of its authority are refused.
    alpn: the protocols that the server speaks, the best first (ALPN). A handler finds the one that was agreed on as
    ``stream.alpn_protocol``; it is None for a client that names none of them, which Python's ``ssl`` cannot refuse.
    by_name: other certificates, for clients that ask for these names (SNI); "*.example.org" stands for one label.
    minimum_version: the oldest version of TLS. Nothing below 1.2 is safe.
    configure: called with each context when all else was set; what it does is its own affair.
    watch: every how many seconds the files are looked at, and loaded anew if they have changed; None: by ``reload``
    alone, such as SIGHUP calls.

    Tickets are off, and a load ends all sessions: a client whose certificate was withdrawn cannot go on with what it
    had before. ``SSLKEYLOGFILE`` in the environment names a file for Wireshark.

    Raises RecipeError for values that cannot work.
    """

    certificate: str | Path
    key: str | Path
    password: PasswordSource | None = field(default=None, repr=False)
    client_ca: str | Path | None = None
    client_certificate: Literal["none", "optional", "required"] = "none"
    client_crl: str | Path | None = None
    alpn: Sequence[str] = ()
    by_name: Mapping[str, Identity] | None = field(default=None, hash=False)
    minimum_version: Literal["1.2", "1.3"] = "1.2"
    configure: "Callable[[ssl.SSLContext], object] | None" = None
    watch: float | None = None

    def __post_init__(self) -> None:
        name = type(self).__name__
        _check_identity(name, self.certificate, self.key, self.password)
        check_one_of("TLSConfig", "client_certificate", self.client_certificate, _CLIENT_CERTIFICATES)
        check_one_of("TLSConfig", "minimum_version", self.minimum_version, _VERSIONS)
        for field_name in ("client_ca", "client_crl"):
            if getattr(self, field_name) is not None:
                _check_file(name, field_name, getattr(self, field_name))
        if self.client_certificate != "none" and self.client_ca is None:
            raise RecipeError(
                f"TLSConfig(client_certificate={self.client_certificate!r}) trusts nobody: give client_ca, the file of "
                "those whose certificates of clients are trusted"
            )
        if self.client_certificate == "none" and (self.client_ca is not None or self.client_crl is not None):
            raise RecipeError(
                "TLSConfig(client_ca=, client_crl=) has no effect, because no client is asked for a certificate: give "
                "client_certificate='required' or 'optional'"
            )
        _check_alpn(self.alpn)
        # Values of its own: what the program changes later must not change what was checked.
        object.__setattr__(self, "alpn", tuple(self.alpn))
        if self.by_name is not None:
            object.__setattr__(self, "by_name", _identities(self.by_name))
        check_callable(
            name, "configure", self.configure, "give a function of an ssl.SSLContext", needed=False, takes=("context",)
        )
        check_positive(name, "watch", self.watch, "give seconds, or None")

    def check(self) -> None:
        """Load all that it names, as a server does when it opens.

        A certificate that has expired, or will within 14 days, is named in the log. Raises ListenError
        for a file that is not there or cannot be used; it names the file and the remedy.
        """
        from typedserver.security.tls_contexts import Contexts, warn_of_ends  # noqa: PLC0415 - loads OpenSSL

        warn_of_ends(Contexts.load(self).states)

    @property
    def identities(self) -> "tuple[Identity | TLSConfig, ...]":
        """All that it proves names by: its own certificate, then those of ``by_name``."""
        return (self, *(self.by_name or {}).values())

    @property
    def files(self) -> tuple[str, ...]:
        """All files that it names."""
        own = [os.fspath(file) for each in self.identities for file in (each.certificate, each.key)]
        return (*own, *(os.fspath(file) for file in (self.client_ca, self.client_crl) if file is not None))

    __repr__ = recipe_repr


def _check_identity(recipe: str, certificate: object, key: object, password: object) -> None:
    _check_file(recipe, "certificate", certificate)
    _check_file(recipe, "key", key)
    if password is not None and not callable(password):
        # Without its value: it is a secret.
        raise RecipeError(
            f"{recipe}(password=) must be a function that returns the password, not the password itself: "
            "give lambda: os.environ['TLS_PASSWORD']"
        )


def _check_file(recipe: str, name: str, value: object) -> None:
    if not isinstance(value, str | Path) or not str(value):
        raise RecipeError(f"{recipe}({name}={shown(value)}) must be the path of a file")


def _check_alpn(alpn: object) -> None:
    if not isinstance(alpn, Sequence) or isinstance(alpn, str | bytes):
        raise RecipeError("TLSConfig(alpn=) must be a sequence of names, such as ('h2', 'http/1.1')")
    for protocol in cast("Sequence[object]", alpn):
        if not isinstance(protocol, str) or not protocol.isascii() or not 0 < len(protocol) <= _LONGEST_PROTOCOL:
            raise RecipeError(f"TLSConfig(alpn=) names {shown(protocol)}: it must be ASCII, of 1 to 255 characters")


def _identities(by_name: object) -> dict[str, Identity]:
    if not isinstance(by_name, Mapping):
        raise RecipeError(f"TLSConfig(by_name={shown(by_name)}) must map host names to an Identity each")
    identities = dict[str, Identity]()
    for asked, identity in cast("Mapping[str, Identity]", by_name).items():
        _check_name(asked, identity)
        identities[asked] = identity
    return identities


def _check_name(asked: object, identity: object) -> None:
    if not isinstance(asked, str) or not asked.isascii() or not asked.strip("*."):
        raise RecipeError(
            f"TLSConfig(by_name=) names {shown(asked)}: give a host name in ASCII (xn--... if it has other letters), "
            "or '*.' and one"
        )
    if not isinstance(identity, Identity):
        raise RecipeError(f"TLSConfig(by_name=) has {shown(identity)} for {asked!r}: give an Identity")
