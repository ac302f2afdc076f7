"""Certificates of clients that were withdrawn: which lists (CRL) a server needs, and what it looks for in them."""

import ssl
import time
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final, NamedTuple

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.running import PATIENCE, connect, running
from tests.test_tls import Watching
from typedserver import TCP, TLS, Multiplexed, Outcome, Server, ServerConfig, Stream, TLSConfig, stream_handler

_NOW: Final = datetime.now(UTC)
_DAY: Final = timedelta(days=1)


class Party(NamedTuple):
    """Who has a certificate."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)


def party(name: str, authority: Party | None = None, *, is_authority: bool = False) -> Party:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(authority.certificate.subject if authority else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_NOW - 30 * _DAY)
        .not_valid_after(_NOW + 30 * _DAY)
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        # From Python 3.13 on, a client's usual context asks for what RFC 5280 does (VERIFY_X509_STRICT).
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(_key_identifier(authority.key if authority else key), critical=False)
        .add_extension(_usage(signs=is_authority), critical=True)
    )
    return Party(made.sign(authority.key if authority else key, hashes.SHA256()), key)


def _key_identifier(key: ec.EllipticCurvePrivateKey) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs,
        crl_sign=signs,
        encipher_only=False,
        decipher_only=False,
    )


def crl(authority: Party, *withdrawn: Party, until: datetime = _NOW + _DAY) -> bytes:
    """Return the list of an authority, as PEM."""
    made = x509.CertificateRevocationListBuilder().issuer_name(authority.certificate.subject)
    made = made.last_update(until - 10 * _DAY).next_update(until)
    made = made.add_extension(_key_identifier(authority.key), critical=False)
    for each in withdrawn:
        entry = x509.RevokedCertificateBuilder().serial_number(each.certificate.serial_number)
        made = made.add_revoked_certificate(entry.revocation_date(until - 10 * _DAY).build())
    return made.sign(authority.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


ROOT: Final = party("root", is_authority=True)
SECOND: Final = party("second root", is_authority=True)
MIDDLE: Final = party("middle", ROOT, is_authority=True)
SERVER: Final = party("localhost", ROOT)
ANNA: Final = party("anna", ROOT)
BEN: Final = party("ben", SECOND)
CARL: Final = party("carl", MIDDLE)


def write(folder: Path, who: Party, *chain: Party) -> dict[str, Any]:
    certificate, key = folder / "party.pem", folder / "party.key"
    certificate.write_bytes(b"".join(each.pem for each in (who, *chain)))
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    key.write_bytes(who.key.private_bytes(encoding, form, serialization.NoEncryption()))
    return {"certificate": certificate, "key": key}


@stream_handler
async def welcome(stream: Stream) -> None:
    await stream.write(b"welcome\n")


@contextmanager
def serving(folder: Path, lists: bytes, **more: Any) -> Generator[tuple[Any, Watching], None, None]:
    (folder / "authorities.pem").write_bytes(ROOT.pem + SECOND.pem)
    (folder / "lists.pem").write_bytes(lists)
    own = folder / "server"
    own.mkdir()
    config = TLSConfig(
        **write(own, SERVER),
        client_ca=folder / "authorities.pem",
        client_crl=folder / "lists.pem",
        client_certificate="required",
        **more,
    )
    seen = Watching()
    with running(Server(TLS(TCP(port=0), config), welcome, Multiplexed(), config=ServerConfig(observer=seen))) as run:
        yield run.server, seen


def is_let_in(server: Any, folder: Path, who: Party, *chain: Party) -> bool:
    context = ssl.create_default_context(cadata=ROOT.pem.decode())
    context.load_cert_chain(*write(folder, who, *chain).values())
    plain = connect(server.server_address)
    plain.settimeout(PATIENCE)
    with plain:
        try:
            # In TLS 1.3 the client hears only here whether it was let in.
            with context.wrap_socket(plain, server_hostname="localhost") as client:
                return client.recv(100) == b"welcome\n"
        except ssl.SSLError:
            return False


def look_for_clients_alone(context: ssl.SSLContext) -> None:
    context.verify_flags &= ~ssl.VerifyFlags.VERIFY_CRL_CHECK_CHAIN
    context.verify_flags |= ssl.VerifyFlags.VERIFY_CRL_CHECK_LEAF


def test_client_whose_certificate_was_withdrawn_is_refused_alone(tmp_path: Path) -> None:
    with serving(tmp_path, crl(ROOT) + crl(SECOND, BEN)) as (server, seen):
        assert not is_let_in(server, tmp_path, BEN)
        assert "revoked" in str(seen.wait().error)
        assert seen.wait().outcome is Outcome.REJECTED
        assert is_let_in(server, tmp_path, ANNA)


@pytest.mark.parametrize(
    ("lists", "words"),
    [(crl(SECOND), "unable to get certificate CRL"), (crl(ROOT, until=_NOW - _DAY), "CRL has expired")],
    ids=["none", "out of date"],
)
def test_authority_whose_list_is_not_there_or_out_of_date_lets_nobody_in(
    lists: bytes, words: str, tmp_path: Path
) -> None:
    with serving(tmp_path, lists) as (server, seen):
        assert not is_let_in(server, tmp_path, ANNA)
        assert words in str(seen.wait().error)


def test_clients_of_an_authority_in_the_middle_that_was_withdrawn_are_refused(tmp_path: Path) -> None:
    with serving(tmp_path, crl(ROOT, MIDDLE) + crl(MIDDLE)) as (server, seen):
        assert not is_let_in(server, tmp_path, CARL, MIDDLE)
        assert "revoked" in str(seen.wait().error)
        assert is_let_in(server, tmp_path, ANNA)


def test_clients_of_an_authority_in_the_middle_need_the_lists_of_both(tmp_path: Path) -> None:
    with serving(tmp_path, crl(ROOT) + crl(MIDDLE)) as (server, _seen):
        assert is_let_in(server, tmp_path, CARL, MIDDLE)
    (tmp_path / "server").rename(tmp_path / "before")
    with serving(tmp_path, crl(MIDDLE)) as (server, seen):
        assert not is_let_in(server, tmp_path, CARL, MIDDLE)
        assert "unable to get certificate CRL" in str(seen.wait().error)


def test_clients_alone_are_looked_for_if_the_program_asks_for_it(tmp_path: Path) -> None:
    lists = crl(ROOT, MIDDLE) + crl(MIDDLE)
    with serving(tmp_path, lists, configure=look_for_clients_alone) as (server, _seen):
        assert is_let_in(server, tmp_path, CARL, MIDDLE)


def test_reload_refuses_who_was_withdrawn_meanwhile(tmp_path: Path) -> None:
    with serving(tmp_path, crl(ROOT)) as (server, seen):
        assert is_let_in(server, tmp_path, ANNA)
        (tmp_path / "lists.pem").write_bytes(crl(ROOT, ANNA))
        server.reload()
        assert not is_let_in(server, tmp_path, ANNA)
        assert "revoked" in str(seen.wait(2).error)


def has_expired(_der: bytes) -> SimpleNamespace:
    return SimpleNamespace(expires=time.time() - 1)


def test_session_whose_certificate_has_expired_meanwhile_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = ssl.create_default_context(cadata=ROOT.pem.decode())
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(*write(tmp_path, ANNA).values())

    def session(server: Any, before: ssl.SSLSession | None) -> ssl.SSLSession:
        plain = connect(server.server_address)
        plain.settimeout(PATIENCE)
        with plain, context.wrap_socket(plain, server_hostname="localhost", session=before) as client:
            assert client.session_reused == (before is not None)
            assert client.recv(100) == b"welcome\n"
            kept = client.session
            assert kept is not None
            client.unwrap()
            return kept

    with serving(tmp_path, crl(ROOT)) as (server, seen):
        kept = session(server, session(server, None))
        seen.wait(2)
        # Nobody waits until it has.
        monkeypatch.setattr("typedserver.coroutines.tls.certificate_of", has_expired)
        with pytest.raises((OSError, AssertionError)):
            session(server, kept)
        assert "the certificate of its session has expired meanwhile" in str(seen.wait(3).error)
        assert seen.wait(3).outcome is Outcome.REJECTED
