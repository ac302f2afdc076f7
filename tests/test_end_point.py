"""The hash of a certificate that a proof is bound to, by the algorithm of its signature."""

import hashlib
import ssl
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import tls
from typedserver.security.certificates import end_point_hash


def element(tag: int, *contents: bytes) -> bytes:
    content = b"".join(contents)
    if len(content) < 128:
        return bytes([tag, len(content)]) + content
    size = len(content).to_bytes(2, "big")
    return bytes([tag, 0x82]) + size + content


def identifier(*arcs: int) -> bytes:
    first, second, *others = arcs
    encoded = bytes([first * 40 + second])
    for arc in others:
        groups = [arc & 0x7F]
        while arc := arc >> 7:
            groups.append(arc & 0x7F | 0x80)
        encoded += bytes(reversed(groups))
    return element(0x06, encoded)


def certificate(*algorithm: bytes) -> bytes:
    signed = element(0x30, bytes(300))
    return element(0x30, signed, element(0x30, *algorithm), element(0x03, bytes(65)))


NULL = element(0x05)
PSS = identifier(1, 2, 840, 113549, 1, 1, 10)


def pss(*fields: bytes) -> bytes:
    return certificate(PSS, element(0x30, *fields))


@pytest.mark.parametrize(
    ("arcs", "digest"),
    [
        ((1, 2, 840, 113549, 1, 1, 4), "sha256"),  # md5WithRSAEncryption
        ((1, 2, 840, 113549, 1, 1, 5), "sha256"),  # sha1WithRSAEncryption
        ((1, 2, 840, 113549, 1, 1, 11), "sha256"),
        ((1, 2, 840, 113549, 1, 1, 12), "sha384"),
        ((1, 2, 840, 113549, 1, 1, 13), "sha512"),
        ((1, 2, 840, 10045, 4, 1), "sha256"),  # ecdsa-with-SHA1
        ((1, 2, 840, 10045, 4, 3, 2), "sha256"),
        ((1, 2, 840, 10045, 4, 3, 3), "sha384"),
        ((1, 2, 840, 10045, 4, 3, 4), "sha512"),
        ((2, 16, 840, 1, 101, 3, 4, 3, 10), "sha3_256"),
        ((2, 16, 840, 1, 101, 3, 4, 3, 2), "sha256"),  # DSA
    ],
)
def test_hash_is_that_of_the_signature(arcs: tuple[int, ...], digest: str) -> None:
    der = certificate(identifier(*arcs), NULL)
    assert end_point_hash(der) == hashlib.new(digest, der).digest()


def test_hash_of_a_pss_signature_is_named_by_its_parameters() -> None:
    named = pss(element(0xA0, element(0x30, identifier(2, 16, 840, 1, 101, 3, 4, 2, 3), NULL)), element(0xA2, b"\2\1 "))
    assert end_point_hash(named) == hashlib.sha512(named).digest()
    # SHA-1 is the default, and is replaced.
    for unnamed in (pss(), pss(element(0xA2, b"\2\1 "))):
        assert end_point_hash(unnamed) == hashlib.sha256(unnamed).digest()


@pytest.mark.parametrize("arcs", [(1, 3, 101, 112), (1, 3, 101, 113), (1, 2, 3)])
def test_nothing_is_bound_to_a_signature_without_a_hash_of_its_own(arcs: tuple[int, ...]) -> None:
    assert end_point_hash(certificate(identifier(*arcs))) is None


def test_hash_of_a_real_certificate(tmp_path: Path) -> None:
    tls.server_context(tmp_path)
    [pem] = [text for path in tmp_path.iterdir() if "BEGIN CERTIFICATE" in (text := path.read_text())]
    der = ssl.PEM_cert_to_DER_cert(pem[pem.index("-----BEGIN CERTIFICATE") :])
    assert end_point_hash(der) == hashlib.sha256(der).digest()


def test_certificate_that_was_cut_off_has_none() -> None:
    der = certificate(identifier(1, 2, 840, 113549, 1, 1, 11), NULL)
    assert all(end_point_hash(der[:size]) is None for size in range(len(der)))


@given(st.binary(max_size=200))
def test_bytes_of_any_kind_have_a_hash_or_none(data: bytes) -> None:
    for der in (data, element(0x30, element(0x30), element(0x30, data)), pss(data)):
        assert isinstance(end_point_hash(der), bytes | None)
