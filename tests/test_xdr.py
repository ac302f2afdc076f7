"""XDR by hand: what RFC 4506 says of each type, the paths in errors, and what a value may cost."""

import copy
import pickle
import struct
import tracemalloc
from collections.abc import Callable
from dataclasses import FrozenInstanceError, dataclass, replace
from enum import IntEnum
from typing import Any

import pytest
from examples.protocols import nfs3

from tests.rpc_corpus import everything, portmap
from typedserver.errors import TypedServerError
from typedserver.rpc import xdr


class Colour(IntEnum):
    RED = 2
    BLUE = -5


def _colour(data: xdr.Decoder) -> Colour:
    return xdr.decode_enum(data, Colour)


Encode = Callable[[xdr.Encoder, Any], None]
Decode = Callable[[xdr.Decoder], Any]

EXAMPLES: list[tuple[Encode, Decode, Any, str]] = [
    (xdr.encode_int, xdr.decode_int, -2, "fffffffe"),
    (xdr.encode_unsigned, xdr.decode_unsigned, 2**32 - 1, "ffffffff"),
    (xdr.encode_hyper, xdr.decode_hyper, -2, "fffffffffffffffe"),
    (xdr.encode_unsigned_hyper, xdr.decode_unsigned_hyper, 2**64 - 1, "ffffffffffffffff"),
    (xdr.encode_char, xdr.decode_char, -128, "ffffff80"),
    (xdr.encode_unsigned_char, xdr.decode_unsigned_char, 255, "000000ff"),
    (xdr.encode_short, xdr.decode_short, -(2**15), "ffff8000"),
    (xdr.encode_unsigned_short, xdr.decode_unsigned_short, 2**16 - 1, "0000ffff"),
    (xdr.encode_float, xdr.decode_float, 1.5, "3fc00000"),
    (xdr.encode_double, xdr.decode_double, -0.1, "bfb999999999999a"),
    (xdr.encode_bool, xdr.decode_bool, True, "00000001"),
    (xdr.encode_bool, xdr.decode_bool, False, "00000000"),
    (xdr.encode_void, xdr.decode_void, None, ""),
    (lambda out, value: xdr.encode_enum(out, value, Colour), _colour, Colour.BLUE, "fffffffb"),
    (xdr.encode_opaque, xdr.decode_opaque, b"abcde", "000000056162636465000000"),
    (xdr.encode_opaque, xdr.decode_opaque, b"", "00000000"),
    (xdr.encode_string, xdr.decode_string, "é", "00000002c3a90000"),
    (xdr.encode_string, xdr.decode_string, "\udcff\udc80z", "00000003ff807a00"),
    (
        lambda out, value: xdr.encode_fixed_opaque(out, value, 3),
        lambda data: xdr.decode_fixed_opaque(data, 3),
        b"abc",
        "61626300",
    ),
    (
        lambda out, value: xdr.encode_array(out, value, xdr.encode_string),
        lambda data: xdr.decode_array(data, xdr.decode_string),
        ("a", ""),
        "00000002000000016100000000000000",
    ),
    (
        lambda out, value: xdr.encode_fixed_array(out, value, xdr.encode_bool, 2),
        lambda data: xdr.decode_fixed_array(data, xdr.decode_bool, 2),
        (True, False),
        "0000000100000000",
    ),
    (
        lambda out, value: xdr.encode_numbers(out, value, "h", 3),
        lambda data: xdr.decode_numbers(data, "h", 3),
        (1, -1),
        "000000020001ffff",
    ),
    (
        lambda out, value: xdr.encode_optional(out, value, xdr.encode_int),
        lambda data: xdr.decode_optional(data, xdr.decode_int),
        7,
        "0000000100000007",
    ),
    (
        lambda out, value: xdr.encode_optional(out, value, xdr.encode_int),
        lambda data: xdr.decode_optional(data, xdr.decode_int),
        None,
        "00000000",
    ),
    (
        lambda out, value: xdr.encode_list(out, value, xdr.encode_int),
        lambda data: xdr.decode_list(data, xdr.decode_int),
        (5, 6),
        "0000000100000005000000010000000600000000",
    ),
]


@pytest.mark.parametrize(("encode", "decode", "value", "data"), EXAMPLES)
def test_value_is_encoded_as_the_rfc_says(encode: Encode, decode: Decode, value: Any, data: str) -> None:
    assert xdr.to_bytes(encode, value).hex() == data
    assert xdr.from_bytes(decode, bytes.fromhex(data)) == value


WRONG_BYTES: list[tuple[Decode, str, str]] = [
    (xdr.decode_int, "000000", "4 bytes are needed, 3 are left"),
    (xdr.decode_bool, "00000002", "2 is none of the declared values"),
    (_colour, "00000003", "3 is none of the declared values"),
    (xdr.decode_char, "00000080", "128 is not between -128 and 127"),
    (xdr.decode_unsigned_short, "00010000", "65536 is not between 0 and 65535"),
    (xdr.decode_opaque, "0000000461", "4 bytes are needed, 1 are left"),
    (xdr.decode_opaque, "0000000161000001", r"the padding is b'\x00\x00\x01': only zeros are allowed"),
    (xdr.decode_string, "ffffffff", "4294967296 bytes are needed, 0 are left"),
    (lambda data: xdr.decode_string(data, 3), "00000004", "a length of 4 is above the bound of 3"),
    (lambda data: xdr.decode_array(data, xdr.decode_int, 3), "00000004", "a length of 4 is above the bound of 3"),
    (lambda data: xdr.decode_array(data, xdr.decode_int), "00000004", "16 bytes are needed, 0 are left"),
    (lambda data: xdr.decode_numbers(data, "q"), "0000000200000000", "16 bytes are needed, 4 are left"),
    (lambda data: xdr.decode_list(data, xdr.decode_int), "00000002", "[0]: 2 is none of the declared values"),
    (lambda data: xdr.decode_fixed_numbers(data, "q", 2), "00" * 12, "[1]: 8 bytes are needed, 4 are left"),
    (lambda data: xdr.decode_chain(data, xdr.decode_int), "0000", "[0]: 4 bytes are needed, 2 are left"),
    (xdr.decode_int, "0000000000", "1 bytes are left behind the value"),
]


@pytest.mark.parametrize(("decode", "data", "told"), WRONG_BYTES)
def test_wrong_bytes_are_refused_and_said_where(decode: Decode, data: str, told: str) -> None:
    with pytest.raises(xdr.XDRError) as refused:
        xdr.from_bytes(decode, bytes.fromhex(data))
    assert str(refused.value) == told


WRONG_VALUES: list[tuple[Encode, Any, str]] = [
    (xdr.encode_int, 2**31, "2147483648 is no value of this type: "),
    (xdr.encode_unsigned, -1, "-1 is no value of this type: "),
    (xdr.encode_float, 1e300, "1e+300 is no value of this type: "),
    (xdr.encode_short, 2**15, "32768 is not between -32768 and 32767"),
    (xdr.encode_int, None, "None is no value of this type: "),
    (lambda out, value: xdr.encode_enum(out, value, Colour), 1, "1 is none of the declared values"),
    (lambda out, value: xdr.encode_opaque(out, value, 2), b"abc", "a length of 3 is above the bound of 2"),
    (lambda out, value: xdr.encode_string(out, value, 1), "é", "a length of 2 is above the bound of 1"),
    (xdr.encode_string, "\ud800", r"'\ud800' has no bytes in UTF-8: surrogates not allowed"),
    (lambda out, value: xdr.encode_fixed_opaque(out, value, 2), b"abc", "3 bytes, but 2 are declared"),
    (lambda out, value: xdr.encode_fixed_array(out, value, xdr.encode_int, 2), (1,), "1 elements, but 2 are"),
    (lambda out, value: xdr.encode_fixed_numbers(out, value, "i", 2), (1,), "1 elements, but 2 are declared"),
    (lambda out, value: xdr.encode_numbers(out, value, "i"), (1, 2**31), "[1]: 2147483648 is no value"),
    (lambda out, value: xdr.encode_array(out, value, xdr.encode_int), (1, 2**31), "[1]: 2147483648 is no value"),
    (lambda out, value: xdr.encode_list(out, value, xdr.encode_int), (1, "a"), "[1]: 'a' is no value"),
    (lambda out, value: xdr.encode_chain(out, value, xdr.encode_int), (), "no element, but one at least is"),
]


@pytest.mark.parametrize(("encode", "value", "told"), WRONG_VALUES)
def test_wrong_value_is_refused_and_said_where(encode: Encode, value: Any, told: str) -> None:
    with pytest.raises(xdr.XDRError) as refused:
        xdr.to_bytes(encode, value)
    assert str(refused.value).startswith(told)


def _page(*names: str) -> nfs3.READDIRPLUS3res:
    time = nfs3.Nfstime3(1, 2)
    attributes = nfs3.Fattr3(nfs3.Ftype3.NF3REG, 0o644, 1, 0, 0, 5, 4096, nfs3.Specdata3(0, 0), 7, 8, time, time, time)
    entries = tuple(
        nfs3.Entryplus3(number, name, number, nfs3.PostOpAttrTrue(attributes), nfs3.PostOpFh3False())
        for number, name in enumerate(names)
    )
    page = nfs3.Dirlistplus3(entries, eof=True)
    return nfs3.READDIRPLUS3resNfs3Ok(nfs3.READDIRPLUS3resok(nfs3.PostOpAttrFalse(), bytes(8), page))


def test_path_leads_to_the_field_that_is_wrong_in_bytes() -> None:
    data = bytearray(xdr.to_bytes(nfs3.encode_readdirplus3res, _page("a", "bb", "ccc", "dddd")))

    def refusal(at: int, byte: int) -> str:
        changed = data.copy()
        changed[at] = byte
        with pytest.raises(xdr.XDRError) as refused:
            xdr.from_bytes(nfs3.decode_readdirplus3res, bytes(changed))
        return str(refused.value)

    name = data.index(b"dddd")
    assert refusal(name - 4, 255).startswith("resok.reply.entries[3].name: 4278190084 bytes are needed")
    kind = name + 4 + 8 + 4
    assert refusal(kind, 1) == (
        "resok.reply.entries[3].name_attributes.attributes.type: 16777217 is none of the declared values"
    )
    assert refusal(kind - 4, 1).startswith("resok.reply.entries[3].name_attributes.attributes_follow: 1677721")
    assert refusal(0, 1) == "status: 16777216 is none of the declared values"
    with pytest.raises(xdr.XDRError) as refused:
        xdr.from_bytes(nfs3.decode_readdirplus3res, bytes(data[: kind + 50]))
    assert refused.value.path == "resok.reply.entries[3].name_attributes.attributes.fsid"


def test_path_leads_to_the_field_that_is_wrong_in_a_value() -> None:
    def refusal(value: nfs3.Entryplus3) -> str:
        listing = nfs3.Dirlistplus3((value,), eof=True)
        with pytest.raises(xdr.XDRError) as refused:
            xdr.to_bytes(nfs3.encode_dirlistplus3, listing)
        return str(refused.value)

    follows: Any = nfs3.PostOpFh3True(nfs3.NfsFh3(bytes(65)))
    assert refusal(nfs3.Entryplus3(1, "a", 2, nfs3.PostOpAttrFalse(), follows)) == (
        "entries[0].name_handle.handle.data: a length of 65 is above the bound of 64"
    )
    assert refusal(nfs3.Entryplus3(-1, "a", 2, nfs3.PostOpAttrFalse(), follows)).startswith(
        "entries[0].fileid: -1 is no value of this type"
    )
    wrong: Any = None
    assert refusal(nfs3.Entryplus3(1, wrong, 2, nfs3.PostOpAttrFalse(), follows)).startswith("entries[0].name: ")
    assert refusal(nfs3.Entryplus3(1, "a", wrong, nfs3.PostOpAttrFalse(), follows)).startswith("entries[0].cookie: ")
    assert refusal(nfs3.Entryplus3(1, "a", 2, wrong, follows)) == (
        "entries[0].name_attributes.attributes_follow: None is no arm of this union"
    )


def test_enum_bool_and_case_are_checked_when_they_are_encoded() -> None:
    wrong: Any = 9
    with pytest.raises(xdr.XDRError, match=r"^tint: 9 is none of the declared values"):
        xdr.to_bytes(
            everything.encode_segment,
            everything.Segment(everything.Point(1, 2), everything.Point(3, 4), everything.Point(5, 6), wrong),
        )
    with pytest.raises(xdr.XDRError, match=r"^eof: 9 is none"):
        xdr.to_bytes(nfs3.encode_dirlistplus3, nfs3.Dirlistplus3((), wrong))
    with pytest.raises(xdr.XDRError, match=r"^kind: 9 is none"):
        xdr.to_bytes(everything.encode_shape, everything.ShapeGreenOrBlue(wrong, everything.Point(1, 2)))
    with pytest.raises(xdr.XDRError, match=r"^code: 5 is none"):
        xdr.to_bytes(everything.encode_by_number, everything.ByNumberDefault(5, 1))


def test_linked_list_may_be_longer_than_python_can_recurse() -> None:
    links = tuple(everything.Link(number) for number in range(100_000))
    data = xdr.to_bytes(everything.encode_chain, links)
    assert len(data) == 800_004
    assert xdr.from_bytes(everything.decode_chain, data) == links


def _spine(depth: int) -> everything.Tree:
    tree = everything.Tree(None, 0, None)
    for value in range(1, depth):
        tree = everything.Tree(tree, value, None)
    return tree


def test_tree_may_be_as_deep_as_is_said_and_no_deeper() -> None:
    data = xdr.to_bytes(everything.encode_tree, _spine(xdr.DEPTH))
    assert xdr.from_bytes(everything.decode_tree, data) == _spine(xdr.DEPTH)
    with pytest.raises(xdr.XDRError, match=f"is nested more than {xdr.DEPTH} levels deep"):
        xdr.to_bytes(everything.encode_tree, _spine(xdr.DEPTH + 1))
    deeper = b"\0\0\0\1" * (xdr.DEPTH + 1)
    with pytest.raises(xdr.XDRError, match=f"is nested more than {xdr.DEPTH} levels deep"):
        xdr.from_bytes(everything.decode_tree, deeper)


def test_tree_may_be_as_broad_as_it_likes() -> None:
    tree: Callable[[], everything.Tree] = lambda: everything.Tree(None, 1, None)  # noqa: E731
    out = xdr.Encoder()
    for _ in range(xdr.DEPTH * 2):
        everything.encode_tree(out, tree())
    data = xdr.Decoder(out.getvalue())
    for _ in range(xdr.DEPTH * 2):
        assert everything.decode_tree(data) == tree()
    data.finish()


@pytest.mark.parametrize("length", [2**31, 2**32 - 1])
def test_length_that_is_not_true_takes_no_memory(length: int) -> None:
    data = struct.pack(">I", length) + bytes(1000)
    decoders: list[Decode] = [
        everything.decode_blob,
        everything.decode_curve,
        everything.decode_names,
        lambda data: xdr.decode_fixed_numbers(data, "q", length),
        lambda data: xdr.decode_fixed_opaque(data, length),
        lambda data: xdr.decode_fixed_array(data, xdr.decode_int, length),
    ]
    tracemalloc.start()
    try:
        for decode in decoders:
            with pytest.raises(xdr.XDRError):
                xdr.from_bytes(decode, data)
        assert tracemalloc.get_traced_memory()[1] < 200_000
    finally:
        tracemalloc.stop()


def test_data_above_the_limit_is_refused() -> None:
    assert xdr.from_bytes(xdr.decode_hyper, bytes(8), limit=8) == 0
    with pytest.raises(xdr.XDRError, match="9 bytes are more than the limit of 8"):
        xdr.from_bytes(xdr.decode_hyper, bytes(9), limit=8)


def test_decoder_reads_from_anywhere_and_says_what_is_left() -> None:
    data = xdr.Decoder(memoryview(b"\0\0\0\1\0\0\0\2\0\0\0\3"), 4)
    assert data.remaining == 8
    assert xdr.decode_int(data) == 2
    assert data.position == 8
    with pytest.raises(xdr.XDRError, match="4 bytes are left behind the value"):
        data.finish()
    assert xdr.decode_int(data) == 3
    data.finish()


def test_arguments_are_decoded_as_a_tuple() -> None:
    data = xdr.Decoder(bytes.fromhex("0000000100000002"))
    assert xdr.arguments()(data) == ()
    assert xdr.arguments(xdr.decode_int)(data) == (1,)
    data.position = 0
    assert xdr.arguments(xdr.decode_int, xdr.decode_int)(data) == (1, 2)


def test_error_is_of_the_house_and_can_be_pickled() -> None:
    error = xdr.XDRError("what", "name").within("[3]").within("entries")
    assert isinstance(error, ValueError)
    assert isinstance(error, TypedServerError)
    assert str(error) == "entries[3].name: what"
    again = pickle.loads(pickle.dumps(error))
    assert (again.message, again.path) == ("what", "entries[3].name")


@dataclass(frozen=True, slots=True)
class Inner:
    a: int
    b: int


@dataclass(frozen=True, slots=True)
class Outer:
    first: int
    inner: Inner
    last: int


def test_constructor_makes_what_the_class_makes() -> None:
    value = xdr.constructor(Outer)(1, Inner(2, 3), 4)
    assert value == Outer(1, Inner(2, 3), 4)
    assert type(value) is Outer
    assert hash(value) == hash(Outer(1, Inner(2, 3), 4))
    assert pickle.loads(pickle.dumps(value)) == value
    with pytest.raises(FrozenInstanceError):
        value.first = 2  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  # it is frozen


def test_unfrozen_object_becomes_a_value_like_any_other() -> None:
    made = xdr.unfrozen(Inner)()
    made.b = 3
    made.a = 2
    made.__class__ = Inner
    value: Inner = made
    assert (value, hash(value), repr(value)) == (Inner(2, 3), hash(Inner(2, 3)), "Inner(a=2, b=3)")
    assert type(value) is Inner
    assert copy.deepcopy(value) == pickle.loads(pickle.dumps(value)) == value
    assert replace(value, a=5) == Inner(5, 3)
    with pytest.raises(FrozenInstanceError):
        value.a = 2  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  # it is frozen
    with pytest.raises(FrozenInstanceError):
        del value.a  # pyright: ignore[reportAttributeAccessIssue]  # it is frozen
    match value:
        case Inner(a, b):
            assert (a, b) == (2, 3)
        case _:
            pytest.fail("no match")


def test_run_with_bytes_fills_them_up_and_keeps_no_more_plans_than_are_said() -> None:
    writing, reading = xdr.SizedRun("I * x I", "#name", "name", "last"), xdr.SizedRun("* s I", "name", "last")
    assert writing[5].pack(5, b"abcde", 7).hex() == "000000056162636465000000" + "00000007"
    assert reading[5].unpack_from(b"abcde\0\0\1\0\0\0\7") == (b"abcde", b"\0\0\1", 7)
    for length in range(1000):
        assert reading[length].size == length + (-length & 3) + 4
        assert len(reading) <= 128


def _outcome(decode: Decode, data: bytes) -> str:
    try:
        return repr(xdr.from_bytes(decode, data))
    except xdr.XDRError as error:
        return str(error)


def _entries_one_by_one(data: xdr.Decoder) -> tuple[nfs3.Entryplus3, ...]:
    return xdr.decode_list(data, nfs3.decode_entryplus3)


def _entries(data: xdr.Decoder) -> tuple[nfs3.Entryplus3, ...]:
    return nfs3._decode_list_of_entryplus3(data)  # pyright: ignore[reportPrivateUsage]  # it is held against the other


def test_loop_over_a_list_does_what_a_decoder_of_one_element_does() -> None:
    handles = (nfs3.PostOpFh3True(nfs3.NfsFh3(b"handle")), nfs3.PostOpFh3False())
    made = _page("a", "\udcff\u00e9", "ccc")
    assert isinstance(made, nfs3.READDIRPLUS3resNfs3Ok)
    entries = [replace(entry, name_handle=handles[number % 2]) for number, entry in enumerate(made.resok.reply.entries)]
    entries.append(replace(entries[0], name_attributes=nfs3.PostOpAttrFalse()))
    out = xdr.Encoder()
    xdr.encode_list(out, entries, nfs3.encode_entryplus3)
    data = out.getvalue()
    assert xdr.from_bytes(_entries, data) == tuple(entries)
    for end in range(len(data)):
        assert _outcome(_entries, data[:end]) == _outcome(_entries_one_by_one, data[:end])
    for at in range(len(data)):
        for byte in (0, 1, 2, 65, 128, 255):
            changed = data[:at] + bytes([byte]) + data[at + 1 :]
            assert _outcome(_entries, changed) == _outcome(_entries_one_by_one, changed)


def test_codec_of_a_compiled_module_is_what_libtirpc_sends() -> None:
    # GETPORT of NFS over TCP, as rpcinfo asks it.
    argument = bytes.fromhex("000186a3000000030000000600000000")
    assert xdr.from_bytes(portmap.decode_mapping, argument) == portmap.Mapping(100003, 3, portmap.IPPROTO_TCP, 0)
