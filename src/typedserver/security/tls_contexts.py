"""Contexts: what OpenSSL needs to know, loaded from the files that a TLSConfig names.

They are made anew for each load, and never changed later: to load a second key into a context that is in use breaks it.
It knows files and contexts; nothing of sockets.
"""

import contextlib
import logging
import os
import ssl
import stat
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final, Self, TypeAlias

from typedserver.errors import ListenError
from typedserver.events import expiring
from typedserver.protocols.endpoints import CertificateState
from typedserver.security.certificates import certificate_of, certificates_in
from typedserver.security.tls_config import Identity, TLSConfig

_logger: Final = logging.getLogger("typedserver")

# Those of TLS 1.2 that Mozilla calls intermediate: a new key for each connection, and no padding that an attacker can
# ask about. Those of TLS 1.3 are all as good.
_CIPHERS: Final = ":".join(
    f"ECDHE-{kind}-{cipher}"
    for cipher in ("AES128-GCM-SHA256", "AES256-GCM-SHA384", "CHACHA20-POLY1305")
    for kind in ("ECDSA", "RSA")
)

_OPTIONS: Final = ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION | ssl.OP_CIPHER_SERVER_PREFERENCE | ssl.OP_NO_TICKET

_VERIFY_MODES: Final = {"none": ssl.CERT_NONE, "optional": ssl.CERT_OPTIONAL, "required": ssl.CERT_REQUIRED}
_VERSIONS: Final = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}

# What PEM writes before each of these (RFC 7468).
_CERTIFICATE: Final = b"-----BEGIN CERTIFICATE-----"
_TRUSTED: Final = b"-----BEGIN TRUSTED CERTIFICATE-----"
_KEY: Final = b"PRIVATE KEY-----"
_CRL: Final = b"-----BEGIN X509 CRL-----"

# Whoever renews a certificate writes it and its key one after the other; three looks outlast that, if any do.
_LOADS: Final = 3

_Stamp: TypeAlias = tuple[int, int, int, int, int] | None


class _Asked(ssl.SSLObject):
    """OpenSSL's part of a connection, and the name that its client has asked for."""

    asked_for: str | None = None


class Contexts:
    """The contexts of one config, as its files were when they were loaded.

    default: the one that a handshake begins with.
    states: whose its certificates are, and when they end.
    """

    __slots__ = ("_by_name", "_leaves", "default", "states")

    def __init__(self, default: ssl.SSLContext) -> None:
        self.default: Final = default
        self._by_name: dict[str, ssl.SSLContext] = {}
        # None of a program's own context.
        self._leaves: dict[int, bytes] = {}
        self.states: tuple[CertificateState, ...] = ()

    @classmethod
    def load(cls, config: TLSConfig | ssl.SSLContext) -> Self:
        """Load all files that a config names; a program's own context is taken as it is.

        Raises ListenError, which names the file and the remedy.
        """
        if isinstance(config, ssl.SSLContext):
            return cls(config)
        for _ in range(_LOADS):
            before = stamps(config.files)
            try:
                loaded = cls._load(config)
            except ListenError:
                if stamps(config.files) == before:
                    raise
            else:
                # Otherwise it may hold a part of what was, and a part of what is.
                if stamps(config.files) == before:
                    return loaded
        raise ListenError(
            f"the files of {config!r} change while they are loaded: write new ones beside them, rename them, and then "
            "have the server reload"
        )

    @classmethod
    def _load(cls, config: TLSConfig) -> Self:
        default, leaf = _context(config, config)
        loaded = cls(default)
        loaded._leaves[id(default)] = leaf
        states = [_state(config.certificate, leaf)]
        for name, identity in (config.by_name or {}).items():
            context, leaf = _context(config, identity)
            loaded._by_name[name.lower().rstrip(".")] = context
            loaded._leaves[id(context)] = leaf
            states.append(_state(identity.certificate, leaf))
        loaded.states = tuple(states)
        default.sslobject_class = _Asked
        default.sni_callback = loaded._choose
        return loaded

    def facts_of(self, connection: ssl.SSLObject) -> tuple[str | None, bytes | None]:
        """Return the name that a client has asked for, and the certificate, in DER, that was shown to it.

        Both are None of a program's own context; the first is if the client has asked for none.
        """
        if not self._leaves:
            return None, None
        name = connection.asked_for if isinstance(connection, _Asked) else None
        return name, self._leaves.get(id(connection.context))

    def _choose(self, connection: ssl.SSLObject | ssl.SSLSocket, name: str | None, _context: ssl.SSLContext) -> None:
        """Choose the context for the name that a client asks for; OpenSSL calls this in the middle of a handshake."""
        if name is None:
            return
        if isinstance(connection, _Asked):
            connection.asked_for = name
        wanted = name.lower().rstrip(".")
        context = self._by_name.get(wanted) or self._by_name.get(f"*.{wanted.partition('.')[2]}")
        if context is not None:
            connection.context = context


def warn_of_ends(certificates: Iterable[CertificateState]) -> None:
    """Say in the log which certificates have expired, or soon will."""
    for state, left in expiring(certificates):
        if left < 0:
            _logger.warning("the certificate %s of %r has expired: renew it", state.certificate, state.name)
        else:
            _logger.warning(
                "the certificate %s of %r expires in %.1f days: renew it", state.certificate, state.name, left / 86_400
            )


def stamps(files: Iterable[str]) -> tuple[_Stamp, ...]:
    """Return what changes if a file is written or replaced, also behind a symbolic link; None for what is not there."""
    return tuple(map(_stamp, files))


def _stamp(file: str) -> _Stamp:
    try:
        status = os.stat(file)  # noqa: PTH116 - a path of text, asked in the loop
    except OSError:
        return None
    # The time of any change as well: who may read it is one.
    return status.st_dev, status.st_ino, status.st_mtime_ns, status.st_ctime_ns, status.st_size


# Loading


def _context(config: TLSConfig, identity: Identity | TLSConfig) -> tuple[ssl.SSLContext, bytes]:
    """Make the context of a certificate; returns that besides, in DER."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = _VERSIONS[config.minimum_version]
    context.options |= _OPTIONS
    context.num_tickets = 0
    context.set_ciphers(_CIPHERS)
    if config.alpn:
        context.set_alpn_protocols(list(config.alpn))
    leaf = _load_identity(context, identity)
    if config.client_ca is not None:
        _load_ca(context, config.client_ca)
        context.verify_mode = _VERIFY_MODES[config.client_certificate]
    if config.client_crl is not None:
        _load_crl(context, config.client_crl)
    if keylog := os.environ.get("SSLKEYLOGFILE"):
        try:
            context.keylog_filename = keylog
        except OSError as error:
            raise _unreadable("SSLKEYLOGFILE", keylog, error, "name a file that can be written, or unset it") from None
    if config.configure is not None:
        config.configure(context)
    return context, leaf


def _load_identity(context: ssl.SSLContext, identity: Identity | TLSConfig) -> bytes:
    """Load a certificate and its key; returns the first certificate of the file, in DER."""
    certificate, key = os.fspath(identity.certificate), os.fspath(identity.key)
    held = _read("certificate", certificate)
    if _CERTIFICATE not in held:
        raise ListenError(
            f"TLSConfig(certificate={certificate!r}) holds no certificate in PEM: convert it by "
            f"`openssl x509 -inform DER -in {certificate} -out {certificate}.pem`, if it is DER"
        )
    private = _read("key", key)
    if _KEY not in private:
        raise ListenError(
            f"TLSConfig(key={key!r}) holds no private key in PEM: convert it by "
            f"`openssl pkey -inform DER -in {key} -out {key}.pem`, if it is DER"
        )
    is_encrypted = b"ENCRYPTED" in private
    if is_encrypted and identity.password is None:
        raise ListenError(f"TLSConfig(key={key!r}) is encrypted: give password=, a function that returns its password")
    password = _password(identity.password, key) if is_encrypted and identity.password is not None else b""
    try:
        # Always with one, because OpenSSL would ask the terminal for it.
        context.load_cert_chain(certificate, key, lambda: password)
    except ssl.SSLError as error:
        raise ListenError(_wrong_identity(error, certificate, key, is_encrypted=is_encrypted)) from None
    except OSError as error:
        raise _unreadable("certificate", certificate, error, "let the server read it") from None
    try:
        return certificates_in(held)[0]
    except (ValueError, IndexError) as error:
        raise _not_read(certificate, error) from None


def _password(source: Callable[[], object], key: str) -> bytes:
    try:
        password = source()
    except Exception as error:
        raise ListenError(f"TLSConfig(password=) for {key!r} has failed by {type(error).__name__}") from error
    if isinstance(password, str):
        return password.encode()
    if not isinstance(password, bytes):
        raise ListenError(f"TLSConfig(password=) for {key!r} has returned {type(password).__name__}, not str or bytes")
    return password


def _wrong_identity(error: ssl.SSLError, certificate: str, key: str, *, is_encrypted: bool) -> str:
    reason = error.reason or str(error)
    if "MISMATCH" in reason:
        return (
            f"TLSConfig(key={key!r}) is not the key of {certificate!r}: the file of the certificate must begin with "
            "the server's own, made for this key"
        )
    if is_encrypted:
        return f"TLSConfig(password=) does not open {key!r}: {reason}"
    return f"TLSConfig(certificate={certificate!r}, key={key!r}) cannot be used: {reason}"


def _load_ca(context: ssl.SSLContext, file: str | Path) -> None:
    name = os.fspath(file)
    if _is_folder(name):
        context.load_verify_locations(capath=name)
        return
    held = _read("client_ca", name)
    if _CERTIFICATE not in held and _TRUSTED not in held:
        raise ListenError(
            f"TLSConfig(client_ca={name!r}) holds no certificate in PEM: give the certificates of those who have made "
            "the clients' ones"
        )
    try:
        context.load_verify_locations(cafile=name)
    except ssl.SSLError as error:
        raise ListenError(f"TLSConfig(client_ca={name!r}) cannot be used: {error.reason or error}") from None


def _load_crl(context: ssl.SSLContext, file: str | Path) -> None:
    name = os.fspath(file)
    if _CRL not in _read("client_crl", name):
        raise ListenError(
            f"TLSConfig(client_crl={name!r}) holds no list of withdrawn certificates in PEM: convert it by "
            f"`openssl crl -inform DER -in {name} -out {name}.pem`, if it is DER"
        )
    try:
        context.load_verify_locations(cafile=name)
    except ssl.SSLError as error:
        raise ListenError(f"TLSConfig(client_crl={name!r}) cannot be used: {error.reason or error}") from None
    context.verify_flags |= ssl.VerifyFlags.VERIFY_CRL_CHECK_CHAIN


def _is_folder(name: str) -> bool:
    with contextlib.suppress(OSError):
        return stat.S_ISDIR(os.stat(name).st_mode)  # noqa: PTH116 - see above
    return False


def _read(field: str, name: str) -> bytes:
    try:
        return Path(name).read_bytes()
    except FileNotFoundError as error:
        raise _unreadable(f"TLSConfig({field}=", name, error, "give the path of a file of PEM") from None
    except OSError as error:
        raise _unreadable(f"TLSConfig({field}=", name, error, "let the server's user read it") from None


def _unreadable(what: str, name: str, error: OSError, remedy: str) -> ListenError:
    told = f"{what}{name!r})" if what.endswith("=") else f"{what} {name!r}"
    return ListenError(f"{told} cannot be used: {error.strerror or error}: {remedy}", error.errno)


def _state(file: str | Path, leaf: bytes) -> CertificateState:
    name = os.fspath(file)
    try:
        certificate = certificate_of(leaf)
        expires = certificate.expires
    except ValueError as error:
        raise _not_read(name, error) from None
    return CertificateState(name, certificate.common_name or ", ".join(certificate.names[:1]), expires)


def _not_read(name: str, error: Exception) -> ListenError:
    return ListenError(f"TLSConfig(certificate={name!r}) holds no certificate that can be read: {error}")
