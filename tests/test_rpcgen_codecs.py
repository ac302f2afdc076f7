"""Compiled codecs: of every type of the corpus, values at random, whole, cut short and changed."""

import random
from pathlib import Path
from typing import Any

import pytest

from tests.rpc_values import SOURCES, Of, Values, plain, types_of
from typedserver.rpc import xdr

TYPES = [of for source in SOURCES for of in types_of(source)]
every_type = pytest.mark.parametrize("of", TYPES, ids=[f"{of.source.stem}-{of.declared.name}" for of in TYPES])


def _made(of: Of, count: int) -> list[tuple[bytes, Any]]:
    values = Values(of.source, seed=len(of.declared.name))
    return [values.make(of.named) for _ in range(count)]


@every_type
def test_codec_decodes_what_the_declaration_says(of: Of) -> None:
    for data, expected in _made(of, 30):
        value = xdr.from_bytes(of.decode, data)
        assert plain(of.source, of.named, value) == expected
        assert xdr.to_bytes(of.encode, value) == data


@every_type
def test_codec_refuses_a_value_that_ends_early_or_goes_on(of: Of) -> None:
    for data, _ in _made(of, 3):
        for end in range(0, len(data), 1 + len(data) // 100):
            with pytest.raises(xdr.XDRError):
                xdr.from_bytes(of.decode, data[:end])
        with pytest.raises(xdr.XDRError, match="left behind the value"):
            xdr.from_bytes(of.decode, data + bytes(4))


@every_type
def test_codec_refuses_changed_bytes_or_means_them(of: Of) -> None:
    chance = random.Random(5)
    for data, _ in _made(of, 20):
        if not data:
            continue
        changed = bytearray(data)
        changed[chance.randrange(len(data))] = chance.choice([0, 1, 127, 128, 255])
        _accepted_only_if_it_is_the_same_again(of, bytes(changed))


def _accepted_only_if_it_is_the_same_again(of: Of, data: bytes) -> None:
    try:
        value = xdr.from_bytes(of.decode, data)
    except xdr.XDRError:
        return
    again = xdr.to_bytes(of.encode, value)
    # A number that is none has many encodings: of these alone another may come back.
    assert again == data or repr(xdr.from_bytes(of.decode, again)) == repr(value)


def test_corpus_is_whole() -> None:
    names = {Path(source).stem for source in SOURCES}
    assert names >= {"portmap", "rpcbind", "mount3", "nfs3", "nlm4", "nsm1", "vxi11", "rquota", "ypserv", "everything"}
