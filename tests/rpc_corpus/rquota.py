"""What rquota.x declares.

Written by typedserver-rpcgen: change rquota.x and compile it again.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar, Final, Literal, Protocol, TypeAlias

from typedserver import rpc
from typedserver.rpc import xdr

RQ_PATHLEN: Final = 1024
RQUOTAPROG: Final = 100011


@dataclass(frozen=True, slots=True)
class GetquotaArgs:
    """``struct getquota_args``."""

    gqa_pathp: str
    gqa_uid: int


@dataclass(frozen=True, slots=True)
class ExtGetquotaArgs:
    """``struct ext_getquota_args``."""

    gqa_pathp: str
    gqa_type: int
    gqa_id: int


@dataclass(frozen=True, slots=True)
class Rquota:
    """``struct rquota``."""

    rq_bsize: int
    rq_active: bool
    rq_bhardlimit: int
    rq_bsoftlimit: int
    rq_curblocks: int
    rq_fhardlimit: int
    rq_fsoftlimit: int
    rq_curfiles: int
    rq_btimeleft: int
    rq_ftimeleft: int


class GqrStatus(IntEnum):
    """``enum gqr_status``."""

    Q_OK = 1
    Q_NOQUOTA = 2
    Q_EPERM = 3


@dataclass(frozen=True, slots=True)
class GetquotaRsltQOk:
    """``union getquota_rslt``: Q_OK."""

    status: ClassVar[Literal[GqrStatus.Q_OK]] = GqrStatus.Q_OK
    gqr_rquota: Rquota


@dataclass(frozen=True, slots=True)
class GetquotaRsltQNoquota:
    """``union getquota_rslt``: Q_NOQUOTA."""

    status: ClassVar[Literal[GqrStatus.Q_NOQUOTA]] = GqrStatus.Q_NOQUOTA


@dataclass(frozen=True, slots=True)
class GetquotaRsltQEperm:
    """``union getquota_rslt``: Q_EPERM."""

    status: ClassVar[Literal[GqrStatus.Q_EPERM]] = GqrStatus.Q_EPERM


GetquotaRslt: TypeAlias = GetquotaRsltQOk | GetquotaRsltQNoquota | GetquotaRsltQEperm


_GETQUOTAARGS_1: Final = xdr.SizedRun("I * x i", "#gqa_pathp", "gqa_pathp", "gqa_uid")
_GETQUOTAARGS_2: Final = xdr.Run("I", "#gqa_pathp")
_GETQUOTAARGS_3: Final = xdr.SizedRun("* s i", "gqa_pathp", "gqa_uid")
_new_getquotaargs: Final = xdr.unfrozen(GetquotaArgs)


def encode_getquota_args(out: xdr.Encoder, value: GetquotaArgs) -> None:
    """Encode ``getquota_args``."""
    at: xdr.Place = "gqa_pathp"
    try:
        try:
            gqa_pathp = value.gqa_pathp.encode()
        except UnicodeEncodeError:
            gqa_pathp = xdr.text(value.gqa_pathp)
        gqa_pathp_length = len(gqa_pathp)
        if gqa_pathp_length > RQ_PATHLEN:
            raise xdr.too_long(gqa_pathp_length, RQ_PATHLEN)
        at = _GETQUOTAARGS_1
        out += _GETQUOTAARGS_1[gqa_pathp_length].pack(gqa_pathp_length, gqa_pathp, value.gqa_uid)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_getquota_args(data: xdr.Decoder) -> GetquotaArgs:
    """Decode ``getquota_args``."""
    new = _new_getquotaargs()
    at: xdr.Place = _GETQUOTAARGS_2
    try:
        (gqa_pathp_length,) = _GETQUOTAARGS_2.unpack_from(data.buffer, data.position)
        data.position += 4
        at = _GETQUOTAARGS_3
        if gqa_pathp_length > RQ_PATHLEN:
            raise xdr.too_long(gqa_pathp_length, RQ_PATHLEN)
        gqa_pathp, padding, new.gqa_uid = _GETQUOTAARGS_3[gqa_pathp_length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        try:
            new.gqa_pathp = gqa_pathp.decode()
        except UnicodeDecodeError:
            new.gqa_pathp = gqa_pathp.decode("utf-8", "surrogateescape")
        data.position += (gqa_pathp_length + 7) & -4
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = GetquotaArgs
    value: GetquotaArgs = new
    return value


_EXTGETQUOTAARGS_1: Final = xdr.SizedRun("I * x i i", "#gqa_pathp", "gqa_pathp", "gqa_type", "gqa_id")
_EXTGETQUOTAARGS_2: Final = xdr.Run("I", "#gqa_pathp")
_EXTGETQUOTAARGS_3: Final = xdr.SizedRun("* s i i", "gqa_pathp", "gqa_type", "gqa_id")
_new_extgetquotaargs: Final = xdr.unfrozen(ExtGetquotaArgs)


def encode_ext_getquota_args(out: xdr.Encoder, value: ExtGetquotaArgs) -> None:
    """Encode ``ext_getquota_args``."""
    at: xdr.Place = "gqa_pathp"
    try:
        try:
            gqa_pathp = value.gqa_pathp.encode()
        except UnicodeEncodeError:
            gqa_pathp = xdr.text(value.gqa_pathp)
        gqa_pathp_length = len(gqa_pathp)
        if gqa_pathp_length > RQ_PATHLEN:
            raise xdr.too_long(gqa_pathp_length, RQ_PATHLEN)
        at = _EXTGETQUOTAARGS_1
        out += _EXTGETQUOTAARGS_1[gqa_pathp_length].pack(gqa_pathp_length, gqa_pathp, value.gqa_type, value.gqa_id)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_ext_getquota_args(data: xdr.Decoder) -> ExtGetquotaArgs:
    """Decode ``ext_getquota_args``."""
    new = _new_extgetquotaargs()
    at: xdr.Place = _EXTGETQUOTAARGS_2
    try:
        (gqa_pathp_length,) = _EXTGETQUOTAARGS_2.unpack_from(data.buffer, data.position)
        data.position += 4
        at = _EXTGETQUOTAARGS_3
        if gqa_pathp_length > RQ_PATHLEN:
            raise xdr.too_long(gqa_pathp_length, RQ_PATHLEN)
        (
            gqa_pathp,
            padding,
            new.gqa_type,
            new.gqa_id,
        ) = _EXTGETQUOTAARGS_3[gqa_pathp_length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        try:
            new.gqa_pathp = gqa_pathp.decode()
        except UnicodeDecodeError:
            new.gqa_pathp = gqa_pathp.decode("utf-8", "surrogateescape")
        data.position += (gqa_pathp_length + 11) & -4
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = ExtGetquotaArgs
    value: ExtGetquotaArgs = new
    return value


_RQUOTA_1: Final = xdr.Run(
    "i i I I I I I I I I",
    "rq_bsize",
    "rq_active",
    "rq_bhardlimit",
    "rq_bsoftlimit",
    "rq_curblocks",
    "rq_fhardlimit",
    "rq_fsoftlimit",
    "rq_curfiles",
    "rq_btimeleft",
    "rq_ftimeleft",
)
_new_rquota: Final = xdr.unfrozen(Rquota)


def encode_rquota(out: xdr.Encoder, value: Rquota) -> None:
    """Encode ``rquota``."""
    at: xdr.Place = "rq_active"
    try:
        rq_active = xdr.BOOL[value.rq_active]
        at = _RQUOTA_1
        out += _RQUOTA_1.pack(
            value.rq_bsize,
            rq_active,
            value.rq_bhardlimit,
            value.rq_bsoftlimit,
            value.rq_curblocks,
            value.rq_fhardlimit,
            value.rq_fsoftlimit,
            value.rq_curfiles,
            value.rq_btimeleft,
            value.rq_ftimeleft,
        )
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_rquota(data: xdr.Decoder) -> Rquota:
    """Decode ``rquota``."""
    new = _new_rquota()
    at: xdr.Place = _RQUOTA_1
    try:
        (
            new.rq_bsize,
            rq_active,
            new.rq_bhardlimit,
            new.rq_bsoftlimit,
            new.rq_curblocks,
            new.rq_fhardlimit,
            new.rq_fsoftlimit,
            new.rq_curfiles,
            new.rq_btimeleft,
            new.rq_ftimeleft,
        ) = _RQUOTA_1.unpack_from(data.buffer, data.position)
        data.position += 40
        at = "rq_active"
        new.rq_active = xdr.BOOL[rq_active]
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = Rquota
    value: Rquota = new
    return value


def encode_gqr_status(out: xdr.Encoder, value: GqrStatus) -> None:
    """Encode ``gqr_status``."""
    xdr.encode_enum(out, value, GqrStatus)


def decode_gqr_status(data: xdr.Decoder) -> GqrStatus:
    """Decode ``gqr_status``."""
    return xdr.decode_enum(data, GqrStatus)


_GETQUOTARSLT_1: Final = xdr.Run("i", "status")
_GETQUOTARSLTQOK_2: Final = xdr.Run(
    "i i i I I I I I I I I",
    "status",
    "gqr_rquota.rq_bsize",
    "gqr_rquota.rq_active",
    "gqr_rquota.rq_bhardlimit",
    "gqr_rquota.rq_bsoftlimit",
    "gqr_rquota.rq_curblocks",
    "gqr_rquota.rq_fhardlimit",
    "gqr_rquota.rq_fsoftlimit",
    "gqr_rquota.rq_curfiles",
    "gqr_rquota.rq_btimeleft",
    "gqr_rquota.rq_ftimeleft",
)
_GETQUOTARSLTQOK_3: Final = xdr.Run(
    "i i I I I I I I I I",
    "gqr_rquota.rq_bsize",
    "gqr_rquota.rq_active",
    "gqr_rquota.rq_bhardlimit",
    "gqr_rquota.rq_bsoftlimit",
    "gqr_rquota.rq_curblocks",
    "gqr_rquota.rq_fhardlimit",
    "gqr_rquota.rq_fsoftlimit",
    "gqr_rquota.rq_curfiles",
    "gqr_rquota.rq_btimeleft",
    "gqr_rquota.rq_ftimeleft",
)
_new_getquotarsltqok: Final = xdr.unfrozen(GetquotaRsltQOk)


def encode_getquota_rslt(out: xdr.Encoder, value: GetquotaRslt) -> None:
    """Encode ``getquota_rslt``."""
    at: xdr.Place = "status"
    try:
        if type(value) is GetquotaRsltQOk:
            at = "gqr_rquota.rq_active"
            gqr_rquota_rq_active = xdr.BOOL[value.gqr_rquota.rq_active]
            at = _GETQUOTARSLTQOK_2
            gqr_rquota = value.gqr_rquota
            out += _GETQUOTARSLTQOK_2.pack(
                1,
                gqr_rquota.rq_bsize,
                gqr_rquota_rq_active,
                gqr_rquota.rq_bhardlimit,
                gqr_rquota.rq_bsoftlimit,
                gqr_rquota.rq_curblocks,
                gqr_rquota.rq_fhardlimit,
                gqr_rquota.rq_fsoftlimit,
                gqr_rquota.rq_curfiles,
                gqr_rquota.rq_btimeleft,
                gqr_rquota.rq_ftimeleft,
            )
        elif type(value) is GetquotaRsltQNoquota:
            at = _GETQUOTARSLT_1
            out += _GETQUOTARSLT_1.pack(2)
        elif type(value) is GetquotaRsltQEperm:
            at = _GETQUOTARSLT_1
            out += _GETQUOTARSLT_1.pack(3)
        else:
            xdr.unmatched(value)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_getquota_rslt(data: xdr.Decoder) -> GetquotaRslt:
    """Decode ``getquota_rslt``."""
    try:
        (number,) = _GETQUOTARSLT_1.unpack_from(data.buffer, data.position)
        data.position += 4
    except xdr.DECODING as error:
        raise xdr.fault(error, _GETQUOTARSLT_1, data) from None
    return _decode_getquota_rslt_arm(data, number)


def _decode_getquota_rslt_arm(data: xdr.Decoder, number: int) -> GetquotaRslt:
    at: xdr.Place = "status"
    try:
        if number == 1:  # Q_OK
            new = _new_getquotarsltqok()
            gqr_rquota = _new_rquota()
            at = _GETQUOTARSLTQOK_3
            (
                gqr_rquota.rq_bsize,
                gqr_rquota_rq_active,
                gqr_rquota.rq_bhardlimit,
                gqr_rquota.rq_bsoftlimit,
                gqr_rquota.rq_curblocks,
                gqr_rquota.rq_fhardlimit,
                gqr_rquota.rq_fsoftlimit,
                gqr_rquota.rq_curfiles,
                gqr_rquota.rq_btimeleft,
                gqr_rquota.rq_ftimeleft,
            ) = _GETQUOTARSLTQOK_3.unpack_from(data.buffer, data.position)
            data.position += 40
            at = "gqr_rquota.rq_active"
            gqr_rquota.rq_active = xdr.BOOL[gqr_rquota_rq_active]
            gqr_rquota.__class__ = Rquota
            new.gqr_rquota = gqr_rquota
            new.__class__ = GetquotaRsltQOk
            value: GetquotaRslt = new
        elif number == 2:  # Q_NOQUOTA
            value = GetquotaRsltQNoquota()
        elif number == 3:  # Q_EPERM
            value = GetquotaRsltQEperm()
        else:
            raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return value


class Rquotavers(Protocol):
    """What serves ``RQUOTAVERS`` of ``RQUOTAPROG``."""

    def rquotaproc_getquota(self, argument: GetquotaArgs, call: rpc.Call, /) -> rpc.Result[GetquotaRslt]:
        """Answer ``RQUOTAPROC_GETQUOTA``."""
        ...

    def rquotaproc_getactivequota(self, argument: GetquotaArgs, call: rpc.Call, /) -> rpc.Result[GetquotaRslt]:
        """Answer ``RQUOTAPROC_GETACTIVEQUOTA``."""
        ...


RQUOTAVERS: Final = rpc.Version[Rquotavers](
    "RQUOTAPROG",
    RQUOTAPROG,
    1,
    {
        1: rpc.Procedure("rquotaproc_getquota", xdr.arguments(decode_getquota_args), encode_getquota_rslt),
        2: rpc.Procedure("rquotaproc_getactivequota", xdr.arguments(decode_getquota_args), encode_getquota_rslt),
    },
)


class RquotaversClient:
    """Calls ``RQUOTAVERS`` of ``RQUOTAPROG`` and waits for the answers."""

    __slots__ = ("_client",)

    def __init__(self, client: rpc.Client, /) -> None:
        self._client = client

    def rquotaproc_getquota(self, argument: GetquotaArgs, /) -> GetquotaRslt:
        """Call ``RQUOTAPROC_GETQUOTA``."""
        return self._client.call(RQUOTAPROG, 1, 1, encode_getquota_args, argument, decode_getquota_rslt)

    def rquotaproc_getactivequota(self, argument: GetquotaArgs, /) -> GetquotaRslt:
        """Call ``RQUOTAPROC_GETACTIVEQUOTA``."""
        return self._client.call(RQUOTAPROG, 1, 2, encode_getquota_args, argument, decode_getquota_rslt)


class RquotaversAsyncClient:
    """Calls ``RQUOTAVERS`` of ``RQUOTAPROG`` from coroutines."""

    __slots__ = ("_client",)

    def __init__(self, client: rpc.AsyncClient, /) -> None:
        self._client = client

    async def rquotaproc_getquota(self, argument: GetquotaArgs, /) -> GetquotaRslt:
        """Call ``RQUOTAPROC_GETQUOTA``."""
        return await self._client.call(RQUOTAPROG, 1, 1, encode_getquota_args, argument, decode_getquota_rslt)

    async def rquotaproc_getactivequota(self, argument: GetquotaArgs, /) -> GetquotaRslt:
        """Call ``RQUOTAPROC_GETACTIVEQUOTA``."""
        return await self._client.call(RQUOTAPROG, 1, 2, encode_getquota_args, argument, decode_getquota_rslt)


class ExtRquotavers(Protocol):
    """What serves ``EXT_RQUOTAVERS`` of ``RQUOTAPROG``."""

    def rquotaproc_getquota(self, argument: ExtGetquotaArgs, call: rpc.Call, /) -> rpc.Result[GetquotaRslt]:
        """Answer ``RQUOTAPROC_GETQUOTA``."""
        ...

    def rquotaproc_getactivequota(self, argument: ExtGetquotaArgs, call: rpc.Call, /) -> rpc.Result[GetquotaRslt]:
        """Answer ``RQUOTAPROC_GETACTIVEQUOTA``."""
        ...


EXT_RQUOTAVERS: Final = rpc.Version[ExtRquotavers](
    "RQUOTAPROG",
    RQUOTAPROG,
    2,
    {
        1: rpc.Procedure("rquotaproc_getquota", xdr.arguments(decode_ext_getquota_args), encode_getquota_rslt),
        2: rpc.Procedure("rquotaproc_getactivequota", xdr.arguments(decode_ext_getquota_args), encode_getquota_rslt),
    },
)


class ExtRquotaversClient:
    """Calls ``EXT_RQUOTAVERS`` of ``RQUOTAPROG`` and waits for the answers."""

    __slots__ = ("_client",)

    def __init__(self, client: rpc.Client, /) -> None:
        self._client = client

    def rquotaproc_getquota(self, argument: ExtGetquotaArgs, /) -> GetquotaRslt:
        """Call ``RQUOTAPROC_GETQUOTA``."""
        return self._client.call(RQUOTAPROG, 2, 1, encode_ext_getquota_args, argument, decode_getquota_rslt)

    def rquotaproc_getactivequota(self, argument: ExtGetquotaArgs, /) -> GetquotaRslt:
        """Call ``RQUOTAPROC_GETACTIVEQUOTA``."""
        return self._client.call(RQUOTAPROG, 2, 2, encode_ext_getquota_args, argument, decode_getquota_rslt)


class ExtRquotaversAsyncClient:
    """Calls ``EXT_RQUOTAVERS`` of ``RQUOTAPROG`` from coroutines."""

    __slots__ = ("_client",)

    def __init__(self, client: rpc.AsyncClient, /) -> None:
        self._client = client

    async def rquotaproc_getquota(self, argument: ExtGetquotaArgs, /) -> GetquotaRslt:
        """Call ``RQUOTAPROC_GETQUOTA``."""
        return await self._client.call(RQUOTAPROG, 2, 1, encode_ext_getquota_args, argument, decode_getquota_rslt)

    async def rquotaproc_getactivequota(self, argument: ExtGetquotaArgs, /) -> GetquotaRslt:
        """Call ``RQUOTAPROC_GETACTIVEQUOTA``."""
        return await self._client.call(RQUOTAPROG, 2, 2, encode_ext_getquota_args, argument, decode_getquota_rslt)
