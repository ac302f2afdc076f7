"""Certificates as they are read from their bytes, against those that another library makes."""

import hashlib
import ipaddress
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from tests.tls_files import files
from typedserver.security.certificates import certificate_of, certificates_in, end_point_hash

PARTS = [
    (NameOID.COMMON_NAME, "CN"),
    (NameOID.ORGANIZATION_NAME, "O"),
    (NameOID.ORGANIZATIONAL_UNIT_NAME, "OU"),
    (NameOID.DOMAIN_COMPONENT, "DC"),
]


def made(subject: x509.Name, *names: x509.GeneralName, end: Any = None, key: Any = None, **sign: Any) -> bytes:
    key = key or ec.generate_private_key(ec.SECP256R1())
    begin = datetime(2020, 1, 1, tzinfo=UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end or begin + timedelta(days=1))
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    signed = builder.sign(key, sign.pop("algorithm", hashes.SHA256()), **sign)
    return signed.public_bytes(serialization.Encoding.DER)


def named(*pairs: tuple[Any, str]) -> x509.Name:
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in pairs])


KEY = ec.generate_private_key(ec.SECP256R1())
TEXT = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FFF), min_size=1, max_size=12)


@given(st.lists(st.tuples(st.sampled_from(PARTS), TEXT), min_size=1, max_size=4))
def test_subject_is_written_as_rfc_4514_has_it(parts: list[tuple[tuple[Any, str], str]]) -> None:
    subject = named(*((oid, value) for (oid, _), value in parts))
    assert certificate_of(made(subject, key=KEY)).subject == subject.rfc4514_string()


def test_subject_of_several_values_joins_them() -> None:
    pairs = [x509.NameAttribute(NameOID.COMMON_NAME, "a"), x509.NameAttribute(NameOID.USER_ID, "b")]
    subject = x509.Name([x509.RelativeDistinguishedName(pairs)])
    assert set(certificate_of(made(subject)).subject.split("+")) == {"CN=a", "UID=b"}


def test_subject_may_be_empty() -> None:
    certificate = certificate_of(made(named(), x509.DNSName("only.example")))
    assert (certificate.subject, certificate.names, certificate.common_name) == ("", ("only.example",), None)


def test_names_are_hosts_addresses_mail_and_uris_in_their_order() -> None:
    der = made(
        named((NameOID.COMMON_NAME, "alice")),
        x509.DNSName("example.org"),
        x509.IPAddress(ipaddress.ip_address("192.0.2.1")),
        x509.IPAddress(ipaddress.ip_address("2001:db8::1")),
        x509.RegisteredID(x509.ObjectIdentifier("1.2.3")),
        x509.RFC822Name("alice@example.org"),
        x509.UniformResourceIdentifier("spiffe://example.org/alice"),
    )
    certificate = certificate_of(der)
    assert certificate.names == (
        "example.org",
        "192.0.2.1",
        "2001:db8::1",
        "alice@example.org",
        "spiffe://example.org/alice",
    )
    assert certificate.common_name == "alice"
    assert certificate.fingerprint == hashlib.sha256(der).hexdigest()
    assert certificate.der == der


@pytest.mark.parametrize("year", [2049, 2050, 2126, 9999])
def test_end_is_read_from_both_forms_of_a_time(year: int) -> None:
    end = datetime(year, 12, 31, 23, 59, 58, tzinfo=UTC)
    assert certificate_of(made(named((NameOID.COMMON_NAME, "a")), end=end)).expires == end.timestamp()


RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.mark.parametrize(
    ("key", "sign", "expected"),
    [
        (KEY, {"algorithm": hashes.SHA256()}, "sha256"),
        (KEY, {"algorithm": hashes.SHA384()}, "sha384"),
        (KEY, {"algorithm": hashes.SHA512()}, "sha512"),
        (KEY, {"algorithm": hashes.SHA224()}, "sha224"),
        (RSA, {"algorithm": hashes.SHA256()}, "sha256"),
        (RSA, {"algorithm": hashes.SHA512()}, "sha512"),
        (RSA, {"algorithm": hashes.SHA384(), "rsa_padding": padding.PSS(padding.MGF1(hashes.SHA384()), 48)}, "sha384"),
        (RSA, {"algorithm": hashes.SHA256(), "rsa_padding": padding.PSS(padding.MGF1(hashes.SHA256()), 32)}, "sha256"),
    ],
)
def test_end_point_hashes_as_the_signature_does(key: Any, sign: Any, expected: str) -> None:
    der = made(named((NameOID.COMMON_NAME, "a")), key=key, **sign)
    assert end_point_hash(der) == hashlib.new(expected, der).digest()


def test_end_point_hash_a_signature_without_a_hash_is_not_defined() -> None:
    der = made(named((NameOID.COMMON_NAME, "a")), key=ed25519.Ed25519PrivateKey.generate(), algorithm=None)
    assert end_point_hash(der) is None


def test_pem_file_holds_several_certificates_with_anything_between_them(tmp_path: Path) -> None:
    folder = files(tmp_path)
    first, second, key = ((folder / name).read_bytes() for name in ("alice.pem", "other.pem", "alice.key"))
    pem = b"# mine\n" + first + key + second
    expected = [ssl.PEM_cert_to_DER_cert(each.decode()) for each in (first, second)]
    assert certificates_in(pem) == expected
    assert certificates_in(pem.replace(b"\n", b"\r\n")) == expected
    assert certificates_in(key) == []


def test_pem_file_that_is_damaged_is_refused_with_the_number(tmp_path: Path) -> None:
    pem = (files(tmp_path) / "other.pem").read_bytes()
    with pytest.raises(ValueError, match="certificate 2 is damaged"):
        certificates_in(pem + pem.replace(b"\nM", b"\n!", 1))


DER = made(named((NameOID.COMMON_NAME, "a")), x509.DNSName("a.example"), key=KEY)


@given(st.integers(0, len(DER) - 1))
def test_certificate_that_is_cut_short_is_refused(length: int) -> None:
    with pytest.raises(ValueError, match=r"."):
        certificate_of(DER[:length])


@given(st.lists(st.tuples(st.integers(0, len(DER) - 1), st.integers(0, 255)), min_size=1, max_size=4))
def test_damaged_certificate_is_read_or_refused_by_value_error(changes: list[tuple[int, int]]) -> None:
    damaged = bytearray(DER)
    for at, byte in changes:
        damaged[at] = byte
    try:
        certificate = certificate_of(bytes(damaged))
    except ValueError:
        return
    assert isinstance(certificate.subject, str)
    end_point_hash(bytes(damaged))
