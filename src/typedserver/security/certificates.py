"""Certificates (X.509, RFC 5280): of whom one is, until when, and what a proof that is bound to it must hash.

A certificate is read from its bytes; nothing is verified here, that is OpenSSL's. It knows no file, context or socket.
"""

import base64
import binascii
import calendar
import hashlib
import ipaddress
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

# Tags of DER (X.690, 8.1.2).
_INTEGER: Final = 0x02
_OBJECT: Final = 0x06
_UTC_TIME: Final = 0x17
_GENERAL_TIME: Final = 0x18
_SEQUENCE: Final = 0x30
_SET: Final = 0x31
_VERSION: Final = 0xA0
_EXTENSIONS: Final = 0xA3
_HASH_ALGORITHM: Final = 0xA0

# Bytes: a tag, and the length 0.
_SHORTEST: Final = 2
# A length in one byte ends here; above it stands how many bytes the length takes.
_SHORT: Final = 0x80
# A certificate has fewer bytes than four of a length can tell.
_LENGTH_BYTES: Final = 4

_TEXT_CODECS: Final = {
    0x0C: "utf-8",
    0x13: "utf-8",
    0x14: "latin-1",
    0x16: "utf-8",
    0x1C: "utf-32-be",
    0x1E: "utf-16-be",
}

# The names that RFC 4514 (section 3) gives to attributes of a subject, and the one of an address of mail.
_ATTRIBUTES: Final = {
    "2.5.4.3": "CN",
    "2.5.4.5": "serialNumber",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.9": "STREET",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "0.9.2342.19200300.100.1.1": "UID",
    "0.9.2342.19200300.100.1.25": "DC",
    "1.2.840.113549.1.9.1": "emailAddress",
}

_ALTERNATIVE_NAMES: Final = "2.5.29.17"
_EMAIL, _DNS, _URI, _IP = 0x81, 0x82, 0x86, 0x87

# RFC 5929 (section 4.1): the hash of the signature, but SHA-256 for MD5 and SHA-1. RSASSA-PSS names its own.
_PSS: Final = "1.2.840.113549.1.1.10"
_HASHES: Final = {
    "1.2.840.113549.1.1.4": "sha256",
    "1.2.840.113549.1.1.5": "sha256",
    "1.2.840.113549.1.1.11": "sha256",
    "1.2.840.113549.1.1.12": "sha384",
    "1.2.840.113549.1.1.13": "sha512",
    "1.2.840.113549.1.1.14": "sha224",
    "1.2.840.10045.4.1": "sha256",
    "1.2.840.10045.4.3.1": "sha224",
    "1.2.840.10045.4.3.2": "sha256",
    "1.2.840.10045.4.3.3": "sha384",
    "1.2.840.10045.4.3.4": "sha512",
    "2.16.840.1.101.3.4.3.1": "sha224",
    "2.16.840.1.101.3.4.3.2": "sha256",
    "2.16.840.1.101.3.4.3.9": "sha3_224",
    "2.16.840.1.101.3.4.3.10": "sha3_256",
    "2.16.840.1.101.3.4.3.11": "sha3_384",
    "2.16.840.1.101.3.4.3.12": "sha3_512",
    "2.16.840.1.101.3.4.3.13": "sha3_224",
    "2.16.840.1.101.3.4.3.14": "sha3_256",
    "2.16.840.1.101.3.4.3.15": "sha3_384",
    "2.16.840.1.101.3.4.3.16": "sha3_512",
    # Those that RSASSA-PSS names.
    "1.3.14.3.2.26": "sha256",
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
    "2.16.840.1.101.3.4.2.4": "sha224",
}

_PEM: Final = re.compile(
    rb"-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----\s(.*?)-----END (?:TRUSTED |X509 )?CERTIFICATE-----", re.DOTALL
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A certificate (X.509) that a peer has shown, or that a server shows.

    If nobody has verified a peer's, as a client may choose, subject and names are empty: anybody could have written it.

    subject: whose it is, as one text (RFC 4514), ``"CN=alice,O=Example"``; empty if only the names say it.
    names: its alternative names, in their order: host names, addresses (IP) in their usual text, addresses of mail and
    URIs; other kinds are left out.
    fingerprint: the SHA-256 of ``der``, in hexadecimal digits.
    der: its bytes.
    """

    subject: str
    names: tuple[str, ...]
    fingerprint: str
    der: bytes

    @property
    def common_name(self) -> str | None:
        """The first common name (CN) of its subject; None if it has none."""
        for oid, text in _attributes(_parts(self.der).subject):
            if _ATTRIBUTES.get(oid) == "CN":
                return text
        return None

    @property
    def expires(self) -> float:
        """When it ceases to be valid (notAfter), in seconds since 1970 (Unix time)."""
        return _parts(self.der).not_after


def certificate_of(der: bytes) -> Certificate:
    """Read a certificate, whoever has signed it; raises ValueError for what is none."""
    parts = _parts(der)
    return Certificate(
        subject=_subject(parts.subject),
        names=tuple(_names(parts.extensions)),
        fingerprint=hashlib.sha256(der).hexdigest(),
        der=der,
    )


def unverified(der: bytes) -> Certificate:
    """Return what is certain of a certificate that nobody has verified: its bytes."""
    return Certificate(subject="", names=(), fingerprint=hashlib.sha256(der).hexdigest(), der=der)


def end_point_hash(der: bytes) -> bytes | None:
    """Return what ``tls-server-end-point`` binds a proof to (RFC 5929, 4.1): the hash of a server's certificate.

    None if its signature names no hash, as Ed25519's does not, so that no binding is defined; or for no certificate.
    """
    try:
        _, algorithm = _signed(der)
        name = _hash_name(algorithm)
    except ValueError:
        return None
    return None if name is None else hashlib.new(name, der).digest()


def certificates_in(pem: bytes) -> list[bytes]:
    """Return the bytes of each certificate in a PEM file; raises ValueError for one that is damaged."""
    found = list[bytes]()
    for match in _PEM.finditer(pem):
        try:
            found.append(base64.b64decode(b"".join(match[1].split()), validate=True))
        except binascii.Error as error:
            raise ValueError(f"its certificate {len(found) + 1} is damaged: {error}") from None
    return found


# The parts of a certificate


@dataclass(frozen=True, slots=True)
class _Parts:
    not_after: float
    subject: bytes
    extensions: bytes


def _signed(der: bytes) -> tuple[bytes, bytes]:
    """Return what is signed, and the algorithm of the signature."""
    # What comes behind it is no part of it: in a "TRUSTED CERTIFICATE" OpenSSL has its own remarks there.
    whole, _ = _content(der)
    to_be_signed, rest = _content(whole)
    return to_be_signed, _content(rest)[0]


def _parts(der: bytes) -> _Parts:
    to_be_signed, _ = _signed(der)
    fields = list(_elements(to_be_signed))
    if fields and fields[0][0] == _VERSION:
        del fields[0]
    # serialNumber, signature, issuer, validity, subject, subjectPublicKeyInfo; the extensions come behind.
    expected = [_INTEGER, _SEQUENCE, _SEQUENCE, _SEQUENCE, _SEQUENCE, _SEQUENCE]
    if [tag for tag, _ in fields[:6]] != expected:
        raise ValueError("it is no certificate: its fields are not those of RFC 5280, 4.1")
    extensions = next((content for tag, content in fields[6:] if tag == _EXTENSIONS), b"")
    return _Parts(_not_after(fields[3][1]), fields[4][1], extensions)


def _not_after(validity: bytes) -> float:
    _, _, rest = _element(validity)
    tag, content, _ = _element(rest)
    if tag not in (_UTC_TIME, _GENERAL_TIME):
        raise ValueError(f"its end is no time: it has the tag {tag:#x}")
    text = content.decode("ascii", "replace")
    if tag == _UTC_TIME:
        # Two digits of a year: 50 to 99 are of the last century (RFC 5280, 4.1.2.5.1).
        text = ("19" if text[:2] >= "50" else "20") + text
    try:
        return float(calendar.timegm(time.strptime(text, "%Y%m%d%H%M%SZ")))
    except ValueError:
        raise ValueError(f"its end is no time: {content!r}") from None


def _hash_name(algorithm: bytes) -> str | None:
    fields = list(_elements(algorithm))
    if not fields or fields[0][0] != _OBJECT:
        return None
    oid = _oid(fields[0][1])
    if oid != _PSS:
        return _HASHES.get(oid)
    # RSASSA-PSS-params: hashAlgorithm is [0], and SHA-1 if it is not given (RFC 4055, 3.1).
    for tag, content in _elements(fields[1][1]) if len(fields) > 1 else ():
        if tag == _HASH_ALGORITHM:
            for name_tag, name in _elements(_content(content)[0]):
                return _HASHES.get(_oid(name)) if name_tag == _OBJECT else None
    return "sha256"


def _attributes(subject: bytes) -> Iterator[tuple[str, str]]:
    for relative in _relative_names(subject):
        yield from relative


def _relative_names(subject: bytes) -> Iterator[list[tuple[str, str]]]:
    for tag, relative in _elements(subject):
        if tag != _SET:
            raise ValueError("its subject is no sequence of relative names")
        yield [_attribute(pair) for _, pair in _elements(relative)]


def _attribute(pair: bytes) -> tuple[str, str]:
    kind, oid, value = _element(pair)
    if kind != _OBJECT:
        raise ValueError("its subject has an attribute without a type")
    tag, content, _ = _element(value)
    codec = _TEXT_CODECS.get(tag)
    return _oid(oid), f"#{value.hex()}" if codec is None else content.decode(codec, "backslashreplace")


def _subject(subject: bytes) -> str:
    """Write a subject as RFC 4514 has it: the last relative name first."""
    relatives = [
        "+".join(f"{_ATTRIBUTES.get(oid, oid)}={_escaped(text)}" for oid, text in relative)
        for relative in _relative_names(subject)
    ]
    return ",".join(reversed(relatives))


def _escaped(text: str) -> str:
    escaped = re.sub(r'([,+"\\<>;])', r"\\\1", text).replace("\0", "\\00")
    if escaped.startswith((" ", "#")) and not re.fullmatch("#[0-9a-f]*", escaped):
        escaped = "\\" + escaped
    return escaped[:-1] + "\\ " if len(text) > 1 and escaped.endswith(" ") else escaped


def _names(extensions: bytes) -> Iterator[str]:
    if not extensions:
        return
    for _, extension in _elements(_content(extensions)[0]):
        fields = list(_elements(extension))
        if fields and fields[0][0] == _OBJECT and _oid(fields[0][1]) == _ALTERNATIVE_NAMES:
            yield from _general_names(_content(fields[-1][1])[0])


def _general_names(names: bytes) -> Iterator[str]:
    for tag, content in _elements(names):
        if tag in (_EMAIL, _DNS, _URI):
            yield content.decode("ascii", "backslashreplace")
        elif tag == _IP and len(content) in (4, 16):
            yield str(ipaddress.ip_address(content))


# DER


def _elements(content: bytes) -> Iterator[tuple[int, bytes]]:
    rest = content
    while rest:
        tag, element, rest = _element(rest)
        yield tag, element


def _content(data: bytes) -> tuple[bytes, bytes]:
    """Return the content of a sequence, and what comes behind it."""
    tag, content, rest = _element(data)
    if tag != _SEQUENCE:
        raise ValueError(f"it is no certificate: there is a tag {tag:#x} where a sequence must be")
    return content, rest


def _element(data: bytes) -> tuple[int, bytes, bytes]:
    """Take the first element: its tag, its content, and what comes behind."""
    if len(data) < _SHORTEST:
        raise ValueError("it is cut short")
    length, at = data[1], 2
    if length >= _SHORT:
        count = length - _SHORT
        if not 0 < count <= _LENGTH_BYTES:
            raise ValueError("it has a length that DER does not allow")
        at += count
        length = int.from_bytes(data[2:at], "big")
    if len(data) < at + length:
        raise ValueError("it is cut short")
    return data[0], data[at : at + length], data[at + length :]


def _oid(content: bytes) -> str:
    numbers = list[int]()
    value = 0
    for byte in content:
        value = value << 7 | byte & 0x7F
        if byte < _SHORT:
            numbers.append(value)
            value = 0
    if not numbers:
        raise ValueError("it has an object identifier without a number")
    first = min(numbers[0] // 40, 2)
    return ".".join(map(str, (first, numbers[0] - 40 * first, *numbers[1:])))
