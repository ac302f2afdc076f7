"""The hash of a certificate to which a proof is bound: tls-server-end-point (RFC 5929, 4.1), read from its DER.

A certificate is a sequence of what is signed, the algorithm of the signature, and the signature (RFC 5280, 4.1). Only
the second is looked at. It must not know a socket or a session of TLS.
"""

import hashlib
from typing import Final

# What begins a sequence, an object identifier, and the first explicit field of one (X.690, 8.1.2).
_SEQUENCE: Final = 0x30
_IDENTIFIER: Final = 0x06
_FIRST_FIELD: Final = 0xA0

_LONG_LENGTH: Final = 0x80

# The arcs that identifiers of algorithms share, as they are encoded.
_PKCS1: Final = "2a864886f70d0101"
_X962: Final = "2a8648ce3d04"
_NIST_SIGNATURES: Final = "6086480165030403"
_NIST_HASHES: Final = "6086480165030402"

# RSASSA-PSS, whose parameters name the hash (RFC 4055, 3.1).
_PSS: Final = bytes.fromhex(_PKCS1 + "0a")

# By which hash each algorithm signs. MD5 and SHA-1 are replaced by SHA-256, as RFC 5929 has it. An algorithm that is
# not here, such as Ed25519, has no single hash, and then nothing is defined to bind to.
_HASHES: Final = {
    bytes.fromhex(identifier): name
    for identifier, name in {
        _PKCS1 + "04": "sha256",
        _PKCS1 + "05": "sha256",
        _PKCS1 + "0b": "sha256",
        _PKCS1 + "0c": "sha384",
        _PKCS1 + "0d": "sha512",
        _PKCS1 + "0e": "sha224",
        _X962 + "01": "sha256",
        _X962 + "0301": "sha224",
        _X962 + "0302": "sha256",
        _X962 + "0303": "sha384",
        _X962 + "0304": "sha512",
        _NIST_SIGNATURES + "01": "sha224",
        _NIST_SIGNATURES + "02": "sha256",
        _NIST_SIGNATURES + "09": "sha3_224",
        _NIST_SIGNATURES + "0a": "sha3_256",
        _NIST_SIGNATURES + "0b": "sha3_384",
        _NIST_SIGNATURES + "0c": "sha3_512",
        _NIST_SIGNATURES + "0d": "sha3_224",
        _NIST_SIGNATURES + "0e": "sha3_256",
        _NIST_SIGNATURES + "0f": "sha3_384",
        _NIST_SIGNATURES + "10": "sha3_512",
        _NIST_HASHES + "01": "sha256",
        _NIST_HASHES + "02": "sha384",
        _NIST_HASHES + "03": "sha512",
        _NIST_HASHES + "04": "sha224",
        "2b0e03021a": "sha256",
    }.items()
}

# That of RSASSA-PSS if its parameters name none is SHA-1.
_DEFAULT_OF_PSS: Final = "sha256"


class _NoDERError(ValueError):
    """Bytes are no DER."""


def end_point_hash(certificate: bytes) -> bytes | None:
    """Return the hash of a certificate in DER to which tls-server-end-point binds.

    None if that is not defined for the certificate, or if it cannot be read.
    """
    try:
        name = _hash_of_signature(certificate)
    except _NoDERError:
        return None
    return None if name is None else hashlib.new(name, certificate).digest()


def _hash_of_signature(certificate: bytes) -> str | None:
    whole, _ = _value(certificate, _SEQUENCE)
    _, rest = _value(whole, _SEQUENCE)
    algorithm, _ = _value(rest, _SEQUENCE)
    identifier, parameters = _value(algorithm, _IDENTIFIER)
    if identifier != _PSS:
        return _HASHES.get(identifier)
    fields, _ = _value(parameters, _SEQUENCE)
    if not fields.startswith(bytes([_FIRST_FIELD])):
        return _DEFAULT_OF_PSS
    named, _ = _value(_value(fields, _FIRST_FIELD)[0], _SEQUENCE)
    return _HASHES.get(_value(named, _IDENTIFIER)[0])


def _value(data: bytes, tag: int) -> tuple[bytes, bytes]:
    """Return the contents of what begins with a tag, and what follows it."""
    if len(data) < 2 or data[0] != tag:  # noqa: PLR2004 - a tag and a length
        raise _NoDERError
    size, start = data[1], 2
    if size & _LONG_LENGTH:
        start += size & ~_LONG_LENGTH
        size = int.from_bytes(data[2:start], "big")
    if start + size > len(data):
        raise _NoDERError
    return data[start : start + size], data[start + size :]
