"""The authenticators against peers that send anything: they let nobody in, and fail by what their class says."""

import importlib.util
import struct
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from typedserver import AuthenticationFailed, HMACChallenge, IncompleteRead, Scram, ScramSecret, Token, drive

KEYS = {"anna": b"the key of anna", "berta": b"the key of berta"}


class Sent:
    """A stream of what a peer has sent, without a socket."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.written: list[bytes] = []
        self.socket = self

    async def readexactly(self, n: int) -> bytes:
        data, self.data = self.data[:n], self.data[n:]
        if len(data) < n:
            raise IncompleteRead(data, n)
        return data

    async def readuntil(self, separator: bytes) -> bytes:
        line, found, self.data = self.data.partition(separator)
        if not found:
            raise IncompleteRead(line, None)
        return line + found

    async def write(self, data: bytes) -> None:
        self.written.append(data)


class Nobody:
    def secret(self, user: str, /) -> ScramSecret | None:
        return None


AUTHENTICATORS: dict[str, Any] = {
    "hmac": HMACChallenge(KEYS),
    "md5": HMACChallenge(KEYS, "sha3_384", md5=True),
    "token": Token(KEYS),
}
if importlib.util.find_spec("scramp"):
    AUTHENTICATORS["scram"] = Scram(Nobody())

packets = st.lists(
    st.one_of(
        st.binary(max_size=300),
        st.sampled_from([b"#CHALLENGE#", b"#WELCOME#", b"{sha256}" + bytes(32), bytes(16)]),
        st.builds("n,,n={},r={}".format, st.text(max_size=20), st.text(max_size=20)).map(
            lambda text: text.encode(errors="replace")
        ),
        st.builds("c=biws,r={},p={}".format, st.text(max_size=20), st.text(max_size=20)).map(
            lambda text: text.encode(errors="replace")
        ),
    ).map(lambda data: struct.pack("!i", len(data)) + data),
    max_size=4,
).map(b"".join)


@pytest.mark.parametrize("name", AUTHENTICATORS)
@given(data=st.one_of(packets, st.binary(max_size=100), st.binary(max_size=50).map(lambda line: line + b"\n")))
@settings(max_examples=150, deadline=None)
def test_peer_that_sends_anything_is_let_in_by_nobody(name: str, data: bytes) -> None:
    stream: Any = Sent(data)
    with pytest.raises((AuthenticationFailed, IncompleteRead)) as caught:
        drive(AUTHENTICATORS[name](stream))
    if isinstance(caught.value, AuthenticationFailed):
        for key in KEYS.values():
            assert key.decode() not in str(caught.value)
    # What was sent tells nothing but that it has failed.
    assert len(stream.written) <= 2
