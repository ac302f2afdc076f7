"""Sealed packets as docs/sealed.md says that they are made, by nothing of the library: for clocks, numbers and names
that no client of its own would use."""

import struct
import time

from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand


def cipher(key: bytes, info: bytes) -> ChaCha20Poly1305:
    return ChaCha20Poly1305(HKDFExpand(algorithm=SHA256(), length=32, info=info).derive(key))


def request(
    key: bytes, data: bytes, *, number: int = 0, sender: bytes = bytes(16), key_id: int = 0, at: float | None = None
) -> bytes:
    """Seal a request; at: seconds since 1970, None: now."""
    stamp = round((time.time() if at is None else at) * 1_000_000)
    head = b"\x10" + struct.pack("!L", key_id) + sender + struct.pack("!QQ", number, stamp)
    nonce = struct.pack("!Q", number) + bytes(4)
    return head + cipher(key, b"typedserver sealed 1 request " + sender).encrypt(nonce, data, head)


def reply(
    key: bytes, data: bytes, *, sender: bytes, server: bytes, number: int, answer: int = 0, key_id: int = 0
) -> bytes:
    """Seal a reply."""
    head = b"\x11" + struct.pack("!L", key_id) + server + struct.pack("!QL", number, answer)
    nonce = struct.pack("!QL", number, answer)
    return head + cipher(key, b"typedserver sealed 1 reply " + sender + server).encrypt(nonce, data, head)


def open_request(key: bytes, packet: bytes) -> bytes:
    """Open a request; raises InvalidTag."""
    number = packet[21:29]
    sealed = cipher(key, b"typedserver sealed 1 request " + packet[5:21])
    return sealed.decrypt(number + bytes(4), packet[37:], packet[:37])


def open_reply(key: bytes, packet: bytes, sender: bytes) -> bytes:
    """Open a reply to a sender; raises InvalidTag."""
    sealed = cipher(key, b"typedserver sealed 1 reply " + sender + packet[5:21])
    return sealed.decrypt(packet[21:33], packet[33:], packet[:33])
