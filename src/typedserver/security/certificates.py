"""Certificates: what a peer has shown, and what our own file says of its name and its end.

It knows DER (X.690) as far as a certificate's beginning needs it (RFC 5280, 4.1); whether a certificate is to be
trusted, OpenSSL alone finds out.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

# The tags of DER that are met on the way to a certificate's validity and subject.
_SEQUENCE: Final = 0x30
_SET: Final = 0x31
_UTC_TIME: Final = 0x17
_VERSION: Final = 0xA0
_BMP_STRING: Final = 0x1E

# The object identifiers of a common name (2.5.4.3) and an organisation (2.5.4.10).
_NAMES: Final = (bytes((0x55, 0x04, 0x03)), bytes((0x55, 0x04, 0x0A)))

# UTCTime has two digits for the year: from here on they are the last century's (RFC 5280, 4.1.2.5.1).
_CENTURY: Final = 50

# A length of DER below this is the length itself; else its low bits say how many bytes of it follow.
_LONG: Final = 0x80


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A certificate that a peer has shown.

    subject: whose it is, as "CN=alice, O=Example".
    names: the names that it is good for (subjectAltName): of hosts, addresses, mailboxes, URIs.
    fingerprint: the SHA-256 of it, in hexadecimal digits.
    der: all of it, in DER.

    If nobody has verified it, as a client may choose, subject and names are empty: anybody could have written them.
    """

    subject: str
    names: tuple[str, ...]
    fingerprint: str
    der: bytes


# The usual abbreviations (RFC 4514, 3, and what OpenSSL writes).
_SHORT: Final = {
    "commonName": "CN",
    "organizationName": "O",
    "organizationalUnitName": "OU",
    "countryName": "C",
    "stateOrProvinceName": "ST",
    "localityName": "L",
    "domainComponent": "DC",
    "userId": "UID",
}


def certificate_of(der: bytes, verified: Mapping[str, object]) -> Certificate:
    """Make the value of a certificate. verified: what ``ssl.SSLSocket.getpeercert`` says of it."""
    subject = [
        f"{_SHORT.get(kind, kind)}={value}" for part in _tuples(verified.get("subject")) for kind, value in _pairs(part)
    ]
    names = tuple(value for _kind, value in _pairs(verified.get("subjectAltName")))
    return Certificate(subject=", ".join(subject), names=names, fingerprint=hashlib.sha256(der).hexdigest(), der=der)


def _tuples(value: object) -> Iterator[tuple[object, ...]]:
    if isinstance(value, tuple):
        for each in value:
            if isinstance(each, tuple):
                yield each


def _pairs(value: object) -> Iterator[tuple[str, str]]:
    for each in _tuples(value):
        match each:
            case (str() as kind, str() as name):
                yield kind, name
            case _:
                pass


@dataclass(frozen=True, slots=True)
class Validity:
    """Whose a certificate is, and when it ends, in seconds since 1970 (Unix time)."""

    name: str
    expires: float


class _DER:
    """A walk through values of DER, one after the other."""

    __slots__ = ("_at", "_data", "_end")

    def __init__(self, data: bytes, start: int, end: int) -> None:
        self._data = data
        self._at = start
        self._end = end

    def peek(self) -> int:
        """Return the next tag; -1 at the end."""
        return self._data[self._at] if self._at < self._end else -1

    def next(self) -> tuple[int, int, int]:
        """Return the tag of the next value, and where it begins and ends."""
        data, at = self._data, self._at
        tag, length, at = data[at], data[at + 1], at + 2
        if length >= _LONG:
            size = length - _LONG
            length, at = int.from_bytes(data[at : at + size], "big"), at + size
        if at + length > self._end:
            raise ValueError("a value is longer than what it is in")
        self._at = at + length
        return tag, at, at + length

    def enter(self, expected: int) -> "_DER":
        """Return a walk through what is in the next value."""
        tag, start, end = self.next()
        if tag != expected:
            raise ValueError(f"the tag 0x{tag:02x} stands where 0x{expected:02x} must")
        return _DER(self._data, start, end)

    def text(self) -> tuple[int, bytes]:
        """Return the tag of the next value, and the value."""
        tag, start, end = self.next()
        return tag, self._data[start:end]


def validity_of(der: bytes) -> Validity:
    """Read whose a certificate is and when it ends; raises ValueError if it is none."""
    try:
        certificate = _DER(der, 0, len(der)).enter(_SEQUENCE).enter(_SEQUENCE)
        if certificate.peek() == _VERSION:
            certificate.next()
        # Its number, the algorithm of its signature, and who has made it.
        for _ in range(3):
            certificate.next()
        validity = certificate.enter(_SEQUENCE)
        validity.next()
        tag, time = validity.text()
        return Validity(_name(certificate.enter(_SEQUENCE)), _seconds(tag, time.decode("ascii")))
    except IndexError:
        raise ValueError("it ends too early") from None


def _seconds(tag: int, time: str) -> float:
    if tag == _UTC_TIME:
        time = f"{'19' if int(time[:2]) >= _CENTURY else '20'}{time}"
    return datetime.strptime(time, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC).timestamp()


def _name(subject: _DER) -> str:
    found: dict[bytes, str] = {}
    while subject.peek() >= 0:
        part = subject.enter(_SET).enter(_SEQUENCE)
        _, kind = part.text()
        tag, value = part.text()
        found.setdefault(kind, value.decode("utf-16-be" if tag == _BMP_STRING else "utf-8", "replace"))
    return next((found[kind] for kind in _NAMES if kind in found), "")
