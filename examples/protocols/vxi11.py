"""What vxi11.x declares.

Written by typedserver-rpcgen: change vxi11.x and compile it again.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final, Protocol, TypeAlias

from typedserver import rpc
from typedserver.rpc import xdr

DEVICE_ASYNC: Final = 0x607B0
DEVICE_CORE: Final = 0x607AF
DEVICE_INTR: Final = 0x607B1


DeviceLink: TypeAlias = int


class DeviceAddrFamily(IntEnum):
    """``enum Device_AddrFamily``."""

    DEVICE_TCP = 0
    DEVICE_UDP = 1


DeviceFlags: TypeAlias = int


DeviceErrorCode: TypeAlias = int


@dataclass(frozen=True, slots=True)
class DeviceError:
    """``struct Device_Error``."""

    error: DeviceErrorCode


@dataclass(frozen=True, slots=True)
class CreateLinkParms:
    """``struct Create_LinkParms``."""

    clientId: int
    lockDevice: bool
    lock_timeout: int
    device: str


@dataclass(frozen=True, slots=True)
class CreateLinkResp:
    """``struct Create_LinkResp``."""

    error: DeviceErrorCode
    lid: DeviceLink
    abortPort: int
    maxRecvSize: int


@dataclass(frozen=True, slots=True)
class DeviceWriteParms:
    """``struct Device_WriteParms``."""

    lid: DeviceLink
    io_timeout: int
    lock_timeout: int
    flags: DeviceFlags
    data: bytes


@dataclass(frozen=True, slots=True)
class DeviceWriteResp:
    """``struct Device_WriteResp``."""

    error: DeviceErrorCode
    size: int


@dataclass(frozen=True, slots=True)
class DeviceReadParms:
    """``struct Device_ReadParms``."""

    lid: DeviceLink
    requestSize: int
    io_timeout: int
    lock_timeout: int
    flags: DeviceFlags
    termChar: int


@dataclass(frozen=True, slots=True)
class DeviceReadResp:
    """``struct Device_ReadResp``."""

    error: DeviceErrorCode
    reason: int
    data: bytes


@dataclass(frozen=True, slots=True)
class DeviceReadStbResp:
    """``struct Device_ReadStbResp``."""

    error: DeviceErrorCode
    stb: int


@dataclass(frozen=True, slots=True)
class DeviceGenericParms:
    """``struct Device_GenericParms``."""

    lid: DeviceLink
    flags: DeviceFlags
    lock_timeout: int
    io_timeout: int


@dataclass(frozen=True, slots=True)
class DeviceRemoteFunc:
    """``struct Device_RemoteFunc``."""

    hostAddr: int
    hostPort: int
    progNum: int
    progVers: int
    progFamily: DeviceAddrFamily


@dataclass(frozen=True, slots=True)
class DeviceEnableSrqParms:
    """``struct Device_EnableSrqParms``."""

    lid: DeviceLink
    enable: bool
    handle: bytes


@dataclass(frozen=True, slots=True)
class DeviceLockParms:
    """``struct Device_LockParms``."""

    lid: DeviceLink
    flags: DeviceFlags
    lock_timeout: int


@dataclass(frozen=True, slots=True)
class DeviceDocmdParms:
    """``struct Device_DocmdParms``."""

    lid: DeviceLink
    flags: DeviceFlags
    io_timeout: int
    lock_timeout: int
    cmd: int
    network_order: bool
    datasize: int
    data_in: bytes


@dataclass(frozen=True, slots=True)
class DeviceDocmdResp:
    """``struct Device_DocmdResp``."""

    error: DeviceErrorCode
    data_out: bytes


@dataclass(frozen=True, slots=True)
class DeviceSrqParms:
    """``struct Device_SrqParms``."""

    handle: bytes


def encode_device_link(out: xdr.Encoder, value: DeviceLink) -> None:
    """Encode ``Device_Link``."""
    xdr.encode_int(out, value)


def decode_device_link(data: xdr.Decoder) -> DeviceLink:
    """Decode ``Device_Link``."""
    return xdr.decode_int(data)


def encode_device_addrfamily(out: xdr.Encoder, value: DeviceAddrFamily) -> None:
    """Encode ``Device_AddrFamily``."""
    xdr.encode_enum(out, value, DeviceAddrFamily)


def decode_device_addrfamily(data: xdr.Decoder) -> DeviceAddrFamily:
    """Decode ``Device_AddrFamily``."""
    return xdr.decode_enum(data, DeviceAddrFamily)


def encode_device_flags(out: xdr.Encoder, value: DeviceFlags) -> None:
    """Encode ``Device_Flags``."""
    xdr.encode_int(out, value)


def decode_device_flags(data: xdr.Decoder) -> DeviceFlags:
    """Decode ``Device_Flags``."""
    return xdr.decode_int(data)


def encode_device_errorcode(out: xdr.Encoder, value: DeviceErrorCode) -> None:
    """Encode ``Device_ErrorCode``."""
    xdr.encode_int(out, value)


def decode_device_errorcode(data: xdr.Decoder) -> DeviceErrorCode:
    """Decode ``Device_ErrorCode``."""
    return xdr.decode_int(data)


_DEVICEERROR_1: Final = xdr.Run("i", "error")
_new_deviceerror: Final = xdr.unfrozen(DeviceError)


def encode_device_error(out: xdr.Encoder, value: DeviceError) -> None:
    """Encode ``Device_Error``."""
    try:
        out += _DEVICEERROR_1.pack(value.error)
    except xdr.ENCODING as error:
        raise xdr.fault(error, _DEVICEERROR_1, value) from None


def decode_device_error(data: xdr.Decoder) -> DeviceError:
    """Decode ``Device_Error``."""
    new = _new_deviceerror()
    try:
        (new.error,) = _DEVICEERROR_1.unpack_from(data.buffer, data.position)
        data.position += 4
    except xdr.DECODING as error:
        raise xdr.fault(error, _DEVICEERROR_1, data) from None
    new.__class__ = DeviceError
    value: DeviceError = new
    return value


_CREATELINKPARMS_1: Final = xdr.SizedRun("i i I I * x", "clientId", "lockDevice", "lock_timeout", "#device", "device")
_CREATELINKPARMS_2: Final = xdr.Run("i i I I", "clientId", "lockDevice", "lock_timeout", "#device")
_CREATELINKPARMS_3: Final = xdr.SizedRun("* s", "device")
_new_createlinkparms: Final = xdr.unfrozen(CreateLinkParms)


def encode_create_linkparms(out: xdr.Encoder, value: CreateLinkParms) -> None:
    """Encode ``Create_LinkParms``."""
    at: xdr.Place = "lockDevice"
    try:
        lockdevice = xdr.BOOL[value.lockDevice]
        at = "device"
        try:
            device = value.device.encode()
        except UnicodeEncodeError:
            device = xdr.text(value.device)
        device_length = len(device)
        at = _CREATELINKPARMS_1
        out += _CREATELINKPARMS_1[device_length].pack(
            value.clientId, lockdevice, value.lock_timeout, device_length, device
        )
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_create_linkparms(data: xdr.Decoder) -> CreateLinkParms:
    """Decode ``Create_LinkParms``."""
    new = _new_createlinkparms()
    at: xdr.Place = _CREATELINKPARMS_2
    try:
        (
            new.clientId,
            lockdevice,
            new.lock_timeout,
            device_length,
        ) = _CREATELINKPARMS_2.unpack_from(data.buffer, data.position)
        data.position += 16
        at = "lockDevice"
        new.lockDevice = xdr.BOOL[lockdevice]
        at = _CREATELINKPARMS_3
        device, padding = _CREATELINKPARMS_3[device_length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        try:
            new.device = device.decode()
        except UnicodeDecodeError:
            new.device = device.decode("utf-8", "surrogateescape")
        data.position += (device_length + 3) & -4
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = CreateLinkParms
    value: CreateLinkParms = new
    return value


_CREATELINKRESP_1: Final = xdr.Run("i i", "error", "lid")
_CREATELINKRESP_2: Final = xdr.Run("I", "maxRecvSize")
_new_createlinkresp: Final = xdr.unfrozen(CreateLinkResp)


def encode_create_linkresp(out: xdr.Encoder, value: CreateLinkResp) -> None:
    """Encode ``Create_LinkResp``."""
    at: xdr.Place = _CREATELINKRESP_1
    try:
        out += _CREATELINKRESP_1.pack(value.error, value.lid)
        at = "abortPort"
        xdr.encode_unsigned_short(out, value.abortPort)
        at = _CREATELINKRESP_2
        out += _CREATELINKRESP_2.pack(value.maxRecvSize)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_create_linkresp(data: xdr.Decoder) -> CreateLinkResp:
    """Decode ``Create_LinkResp``."""
    new = _new_createlinkresp()
    at: xdr.Place = _CREATELINKRESP_1
    try:
        new.error, new.lid = _CREATELINKRESP_1.unpack_from(data.buffer, data.position)
        data.position += 8
        at = "abortPort"
        new.abortPort = xdr.decode_unsigned_short(data)
        at = _CREATELINKRESP_2
        (new.maxRecvSize,) = _CREATELINKRESP_2.unpack_from(data.buffer, data.position)
        data.position += 4
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = CreateLinkResp
    value: CreateLinkResp = new
    return value


_DEVICEWRITEPARMS_1: Final = xdr.Run("i I I i I", "lid", "io_timeout", "lock_timeout", "flags", "#data")
_new_devicewriteparms: Final = xdr.unfrozen(DeviceWriteParms)


def encode_device_writeparms(out: xdr.Encoder, value: DeviceWriteParms) -> None:
    """Encode ``Device_WriteParms``."""
    at: xdr.Place = "data"
    try:
        data_ = value.data
        data__length = len(data_)
        at = _DEVICEWRITEPARMS_1
        out += _DEVICEWRITEPARMS_1.pack(value.lid, value.io_timeout, value.lock_timeout, value.flags, data__length)
        at = "data"
        out += data_
        if data__length & 3:
            out += xdr.PADDING[data__length & 3]
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_device_writeparms(data: xdr.Decoder) -> DeviceWriteParms:
    """Decode ``Device_WriteParms``."""
    new = _new_devicewriteparms()
    at: xdr.Place = _DEVICEWRITEPARMS_1
    try:
        (
            new.lid,
            new.io_timeout,
            new.lock_timeout,
            new.flags,
            data__length,
        ) = _DEVICEWRITEPARMS_1.unpack_from(data.buffer, data.position)
        data.position += 20
        at = "data"
        new.data = xdr.opaque_of(data, data__length)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = DeviceWriteParms
    value: DeviceWriteParms = new
    return value


_DEVICEWRITERESP_1: Final = xdr.Run("i I", "error", "size")
_new_devicewriteresp: Final = xdr.unfrozen(DeviceWriteResp)


def encode_device_writeresp(out: xdr.Encoder, value: DeviceWriteResp) -> None:
    """Encode ``Device_WriteResp``."""
    try:
        out += _DEVICEWRITERESP_1.pack(value.error, value.size)
    except xdr.ENCODING as error:
        raise xdr.fault(error, _DEVICEWRITERESP_1, value) from None


def decode_device_writeresp(data: xdr.Decoder) -> DeviceWriteResp:
    """Decode ``Device_WriteResp``."""
    new = _new_devicewriteresp()
    try:
        new.error, new.size = _DEVICEWRITERESP_1.unpack_from(data.buffer, data.position)
        data.position += 8
    except xdr.DECODING as error:
        raise xdr.fault(error, _DEVICEWRITERESP_1, data) from None
    new.__class__ = DeviceWriteResp
    value: DeviceWriteResp = new
    return value


_DEVICEREADPARMS_1: Final = xdr.Run("i I I I i", "lid", "requestSize", "io_timeout", "lock_timeout", "flags")
_new_devicereadparms: Final = xdr.unfrozen(DeviceReadParms)


def encode_device_readparms(out: xdr.Encoder, value: DeviceReadParms) -> None:
    """Encode ``Device_ReadParms``."""
    at: xdr.Place = _DEVICEREADPARMS_1
    try:
        out += _DEVICEREADPARMS_1.pack(value.lid, value.requestSize, value.io_timeout, value.lock_timeout, value.flags)
        at = "termChar"
        xdr.encode_char(out, value.termChar)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_device_readparms(data: xdr.Decoder) -> DeviceReadParms:
    """Decode ``Device_ReadParms``."""
    new = _new_devicereadparms()
    at: xdr.Place = _DEVICEREADPARMS_1
    try:
        (
            new.lid,
            new.requestSize,
            new.io_timeout,
            new.lock_timeout,
            new.flags,
        ) = _DEVICEREADPARMS_1.unpack_from(data.buffer, data.position)
        data.position += 20
        at = "termChar"
        new.termChar = xdr.decode_char(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = DeviceReadParms
    value: DeviceReadParms = new
    return value


_DEVICEREADRESP_1: Final = xdr.Run("i i I", "error", "reason", "#data")
_new_devicereadresp: Final = xdr.unfrozen(DeviceReadResp)


def encode_device_readresp(out: xdr.Encoder, value: DeviceReadResp) -> None:
    """Encode ``Device_ReadResp``."""
    at: xdr.Place = "data"
    try:
        data_ = value.data
        data__length = len(data_)
        at = _DEVICEREADRESP_1
        out += _DEVICEREADRESP_1.pack(value.error, value.reason, data__length)
        at = "data"
        out += data_
        if data__length & 3:
            out += xdr.PADDING[data__length & 3]
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_device_readresp(data: xdr.Decoder) -> DeviceReadResp:
    """Decode ``Device_ReadResp``."""
    new = _new_devicereadresp()
    at: xdr.Place = _DEVICEREADRESP_1
    try:
        new.error, new.reason, data__length = _DEVICEREADRESP_1.unpack_from(data.buffer, data.position)
        data.position += 12
        at = "data"
        new.data = xdr.opaque_of(data, data__length)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = DeviceReadResp
    value: DeviceReadResp = new
    return value


_DEVICEREADSTBRESP_1: Final = xdr.Run("i", "error")
_new_devicereadstbresp: Final = xdr.unfrozen(DeviceReadStbResp)


def encode_device_readstbresp(out: xdr.Encoder, value: DeviceReadStbResp) -> None:
    """Encode ``Device_ReadStbResp``."""
    at: xdr.Place = _DEVICEREADSTBRESP_1
    try:
        out += _DEVICEREADSTBRESP_1.pack(value.error)
        at = "stb"
        xdr.encode_unsigned_char(out, value.stb)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_device_readstbresp(data: xdr.Decoder) -> DeviceReadStbResp:
    """Decode ``Device_ReadStbResp``."""
    new = _new_devicereadstbresp()
    at: xdr.Place = _DEVICEREADSTBRESP_1
    try:
        (new.error,) = _DEVICEREADSTBRESP_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "stb"
        new.stb = xdr.decode_unsigned_char(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = DeviceReadStbResp
    value: DeviceReadStbResp = new
    return value


_DEVICEGENERICPARMS_1: Final = xdr.Run("i i I I", "lid", "flags", "lock_timeout", "io_timeout")
_new_devicegenericparms: Final = xdr.unfrozen(DeviceGenericParms)


def encode_device_genericparms(out: xdr.Encoder, value: DeviceGenericParms) -> None:
    """Encode ``Device_GenericParms``."""
    try:
        out += _DEVICEGENERICPARMS_1.pack(value.lid, value.flags, value.lock_timeout, value.io_timeout)
    except xdr.ENCODING as error:
        raise xdr.fault(error, _DEVICEGENERICPARMS_1, value) from None


def decode_device_genericparms(data: xdr.Decoder) -> DeviceGenericParms:
    """Decode ``Device_GenericParms``."""
    new = _new_devicegenericparms()
    try:
        (
            new.lid,
            new.flags,
            new.lock_timeout,
            new.io_timeout,
        ) = _DEVICEGENERICPARMS_1.unpack_from(data.buffer, data.position)
        data.position += 16
    except xdr.DECODING as error:
        raise xdr.fault(error, _DEVICEGENERICPARMS_1, data) from None
    new.__class__ = DeviceGenericParms
    value: DeviceGenericParms = new
    return value


_DEVICEADDRFAMILY: Final = {each: each for each in DeviceAddrFamily}
_DEVICEREMOTEFUNC_1: Final = xdr.Run("I", "hostAddr")
_DEVICEREMOTEFUNC_2: Final = xdr.Run("I I i", "progNum", "progVers", "progFamily")
_new_deviceremotefunc: Final = xdr.unfrozen(DeviceRemoteFunc)


def encode_device_remotefunc(out: xdr.Encoder, value: DeviceRemoteFunc) -> None:
    """Encode ``Device_RemoteFunc``."""
    at: xdr.Place = _DEVICEREMOTEFUNC_1
    try:
        out += _DEVICEREMOTEFUNC_1.pack(value.hostAddr)
        at = "hostPort"
        xdr.encode_unsigned_short(out, value.hostPort)
        at = "progFamily"
        progfamily = _DEVICEADDRFAMILY[value.progFamily]
        at = _DEVICEREMOTEFUNC_2
        out += _DEVICEREMOTEFUNC_2.pack(value.progNum, value.progVers, progfamily)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_device_remotefunc(data: xdr.Decoder) -> DeviceRemoteFunc:
    """Decode ``Device_RemoteFunc``."""
    new = _new_deviceremotefunc()
    at: xdr.Place = _DEVICEREMOTEFUNC_1
    try:
        (new.hostAddr,) = _DEVICEREMOTEFUNC_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "hostPort"
        new.hostPort = xdr.decode_unsigned_short(data)
        at = _DEVICEREMOTEFUNC_2
        new.progNum, new.progVers, progfamily = _DEVICEREMOTEFUNC_2.unpack_from(data.buffer, data.position)
        data.position += 12
        at = "progFamily"
        new.progFamily = _DEVICEADDRFAMILY[progfamily]
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = DeviceRemoteFunc
    value: DeviceRemoteFunc = new
    return value


_DEVICEENABLESRQPARMS_1: Final = xdr.SizedRun("i i I * x", "lid", "enable", "#handle", "handle")
_DEVICEENABLESRQPARMS_2: Final = xdr.Run("i i I", "lid", "enable", "#handle")
_DEVICEENABLESRQPARMS_3: Final = xdr.SizedRun("* s", "handle")
_new_deviceenablesrqparms: Final = xdr.unfrozen(DeviceEnableSrqParms)


def encode_device_enablesrqparms(out: xdr.Encoder, value: DeviceEnableSrqParms) -> None:
    """Encode ``Device_EnableSrqParms``."""
    at: xdr.Place = "enable"
    try:
        enable = xdr.BOOL[value.enable]
        at = "handle"
        handle = value.handle
        handle_length = len(handle)
        if handle_length > 40:
            raise xdr.too_long(handle_length, 40)
        at = _DEVICEENABLESRQPARMS_1
        out += _DEVICEENABLESRQPARMS_1[handle_length].pack(value.lid, enable, handle_length, handle)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_device_enablesrqparms(data: xdr.Decoder) -> DeviceEnableSrqParms:
    """Decode ``Device_EnableSrqParms``."""
    new = _new_deviceenablesrqparms()
    at: xdr.Place = _DEVICEENABLESRQPARMS_2
    try:
        new.lid, enable, handle_length = _DEVICEENABLESRQPARMS_2.unpack_from(data.buffer, data.position)
        data.position += 12
        at = "enable"
        new.enable = xdr.BOOL[enable]
        at = _DEVICEENABLESRQPARMS_3
        if handle_length > 40:
            raise xdr.too_long(handle_length, 40)
        new.handle, padding = _DEVICEENABLESRQPARMS_3[handle_length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        data.position += (handle_length + 3) & -4
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = DeviceEnableSrqParms
    value: DeviceEnableSrqParms = new
    return value


_DEVICELOCKPARMS_1: Final = xdr.Run("i i I", "lid", "flags", "lock_timeout")
_new_devicelockparms: Final = xdr.unfrozen(DeviceLockParms)


def encode_device_lockparms(out: xdr.Encoder, value: DeviceLockParms) -> None:
    """Encode ``Device_LockParms``."""
    try:
        out += _DEVICELOCKPARMS_1.pack(value.lid, value.flags, value.lock_timeout)
    except xdr.ENCODING as error:
        raise xdr.fault(error, _DEVICELOCKPARMS_1, value) from None


def decode_device_lockparms(data: xdr.Decoder) -> DeviceLockParms:
    """Decode ``Device_LockParms``."""
    new = _new_devicelockparms()
    try:
        new.lid, new.flags, new.lock_timeout = _DEVICELOCKPARMS_1.unpack_from(data.buffer, data.position)
        data.position += 12
    except xdr.DECODING as error:
        raise xdr.fault(error, _DEVICELOCKPARMS_1, data) from None
    new.__class__ = DeviceLockParms
    value: DeviceLockParms = new
    return value


_DEVICEDOCMDPARMS_1: Final = xdr.Run(
    "i i I I i i i I", "lid", "flags", "io_timeout", "lock_timeout", "cmd", "network_order", "datasize", "#data_in"
)
_new_devicedocmdparms: Final = xdr.unfrozen(DeviceDocmdParms)


def encode_device_docmdparms(out: xdr.Encoder, value: DeviceDocmdParms) -> None:
    """Encode ``Device_DocmdParms``."""
    at: xdr.Place = "network_order"
    try:
        network_order = xdr.BOOL[value.network_order]
        at = "data_in"
        data_in = value.data_in
        data_in_length = len(data_in)
        at = _DEVICEDOCMDPARMS_1
        out += _DEVICEDOCMDPARMS_1.pack(
            value.lid,
            value.flags,
            value.io_timeout,
            value.lock_timeout,
            value.cmd,
            network_order,
            value.datasize,
            data_in_length,
        )
        at = "data_in"
        out += data_in
        if data_in_length & 3:
            out += xdr.PADDING[data_in_length & 3]
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_device_docmdparms(data: xdr.Decoder) -> DeviceDocmdParms:
    """Decode ``Device_DocmdParms``."""
    new = _new_devicedocmdparms()
    at: xdr.Place = _DEVICEDOCMDPARMS_1
    try:
        (
            new.lid,
            new.flags,
            new.io_timeout,
            new.lock_timeout,
            new.cmd,
            network_order,
            new.datasize,
            data_in_length,
        ) = _DEVICEDOCMDPARMS_1.unpack_from(data.buffer, data.position)
        data.position += 32
        at = "network_order"
        new.network_order = xdr.BOOL[network_order]
        at = "data_in"
        new.data_in = xdr.opaque_of(data, data_in_length)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = DeviceDocmdParms
    value: DeviceDocmdParms = new
    return value


_DEVICEDOCMDRESP_1: Final = xdr.Run("i I", "error", "#data_out")
_new_devicedocmdresp: Final = xdr.unfrozen(DeviceDocmdResp)


def encode_device_docmdresp(out: xdr.Encoder, value: DeviceDocmdResp) -> None:
    """Encode ``Device_DocmdResp``."""
    at: xdr.Place = "data_out"
    try:
        data_out = value.data_out
        data_out_length = len(data_out)
        at = _DEVICEDOCMDRESP_1
        out += _DEVICEDOCMDRESP_1.pack(value.error, data_out_length)
        at = "data_out"
        out += data_out
        if data_out_length & 3:
            out += xdr.PADDING[data_out_length & 3]
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_device_docmdresp(data: xdr.Decoder) -> DeviceDocmdResp:
    """Decode ``Device_DocmdResp``."""
    new = _new_devicedocmdresp()
    at: xdr.Place = _DEVICEDOCMDRESP_1
    try:
        new.error, data_out_length = _DEVICEDOCMDRESP_1.unpack_from(data.buffer, data.position)
        data.position += 8
        at = "data_out"
        new.data_out = xdr.opaque_of(data, data_out_length)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = DeviceDocmdResp
    value: DeviceDocmdResp = new
    return value


_DEVICESRQPARMS_1: Final = xdr.Run("I", "#handle")
_new_devicesrqparms: Final = xdr.unfrozen(DeviceSrqParms)


def encode_device_srqparms(out: xdr.Encoder, value: DeviceSrqParms) -> None:
    """Encode ``Device_SrqParms``."""
    at: xdr.Place = "handle"
    try:
        handle = value.handle
        handle_length = len(handle)
        at = _DEVICESRQPARMS_1
        out += _DEVICESRQPARMS_1.pack(handle_length)
        at = "handle"
        out += handle
        if handle_length & 3:
            out += xdr.PADDING[handle_length & 3]
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_device_srqparms(data: xdr.Decoder) -> DeviceSrqParms:
    """Decode ``Device_SrqParms``."""
    new = _new_devicesrqparms()
    at: xdr.Place = _DEVICESRQPARMS_1
    try:
        (handle_length,) = _DEVICESRQPARMS_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "handle"
        new.handle = xdr.opaque_of(data, handle_length)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = DeviceSrqParms
    value: DeviceSrqParms = new
    return value


class DeviceAsyncVersion(Protocol):
    """What serves ``DEVICE_ASYNC_VERSION`` of ``DEVICE_ASYNC``."""

    def device_abort(self, argument: DeviceLink, call: rpc.Call, /) -> rpc.Result[DeviceError]:
        """Answer ``device_abort``."""
        ...


DEVICE_ASYNC_VERSION: Final = rpc.Version[DeviceAsyncVersion](
    "DEVICE_ASYNC",
    DEVICE_ASYNC,
    1,
    {1: rpc.Procedure("device_abort", xdr.arguments(decode_device_link), encode_device_error)},
)


class DeviceAsyncVersionClient:
    """Calls ``DEVICE_ASYNC_VERSION`` of ``DEVICE_ASYNC`` and waits for the answers."""

    __slots__ = ("_client",)

    def __init__(self, client: rpc.Client, /) -> None:
        self._client = client

    def device_abort(self, argument: DeviceLink, /) -> DeviceError:
        """Call ``device_abort``."""
        return self._client.call(DEVICE_ASYNC, 1, 1, encode_device_link, argument, decode_device_error)


class DeviceAsyncVersionAsyncClient:
    """Calls ``DEVICE_ASYNC_VERSION`` of ``DEVICE_ASYNC`` from coroutines."""

    __slots__ = ("_client",)

    def __init__(self, client: rpc.AsyncClient, /) -> None:
        self._client = client

    async def device_abort(self, argument: DeviceLink, /) -> DeviceError:
        """Call ``device_abort``."""
        return await self._client.call(DEVICE_ASYNC, 1, 1, encode_device_link, argument, decode_device_error)


class DeviceCoreVersion(Protocol):
    """What serves ``DEVICE_CORE_VERSION`` of ``DEVICE_CORE``."""

    def create_link(self, argument: CreateLinkParms, call: rpc.Call, /) -> rpc.Result[CreateLinkResp]:
        """Answer ``create_link``."""
        ...

    def device_write(self, argument: DeviceWriteParms, call: rpc.Call, /) -> rpc.Result[DeviceWriteResp]:
        """Answer ``device_write``."""
        ...

    def device_read(self, argument: DeviceReadParms, call: rpc.Call, /) -> rpc.Result[DeviceReadResp]:
        """Answer ``device_read``."""
        ...

    def device_readstb(self, argument: DeviceGenericParms, call: rpc.Call, /) -> rpc.Result[DeviceReadStbResp]:
        """Answer ``device_readstb``."""
        ...

    def device_trigger(self, argument: DeviceGenericParms, call: rpc.Call, /) -> rpc.Result[DeviceError]:
        """Answer ``device_trigger``."""
        ...

    def device_clear(self, argument: DeviceGenericParms, call: rpc.Call, /) -> rpc.Result[DeviceError]:
        """Answer ``device_clear``."""
        ...

    def device_remote(self, argument: DeviceGenericParms, call: rpc.Call, /) -> rpc.Result[DeviceError]:
        """Answer ``device_remote``."""
        ...

    def device_local(self, argument: DeviceGenericParms, call: rpc.Call, /) -> rpc.Result[DeviceError]:
        """Answer ``device_local``."""
        ...

    def device_lock(self, argument: DeviceLockParms, call: rpc.Call, /) -> rpc.Result[DeviceError]:
        """Answer ``device_lock``."""
        ...

    def device_unlock(self, argument: DeviceLink, call: rpc.Call, /) -> rpc.Result[DeviceError]:
        """Answer ``device_unlock``."""
        ...

    def device_enable_srq(self, argument: DeviceEnableSrqParms, call: rpc.Call, /) -> rpc.Result[DeviceError]:
        """Answer ``device_enable_srq``."""
        ...

    def device_docmd(self, argument: DeviceDocmdParms, call: rpc.Call, /) -> rpc.Result[DeviceDocmdResp]:
        """Answer ``device_docmd``."""
        ...

    def destroy_link(self, argument: DeviceLink, call: rpc.Call, /) -> rpc.Result[DeviceError]:
        """Answer ``destroy_link``."""
        ...

    def create_intr_chan(self, argument: DeviceRemoteFunc, call: rpc.Call, /) -> rpc.Result[DeviceError]:
        """Answer ``create_intr_chan``."""
        ...

    def destroy_intr_chan(self, call: rpc.Call, /) -> rpc.Result[DeviceError]:
        """Answer ``destroy_intr_chan``."""
        ...


DEVICE_CORE_VERSION: Final = rpc.Version[DeviceCoreVersion](
    "DEVICE_CORE",
    DEVICE_CORE,
    1,
    {
        10: rpc.Procedure("create_link", xdr.arguments(decode_create_linkparms), encode_create_linkresp),
        11: rpc.Procedure("device_write", xdr.arguments(decode_device_writeparms), encode_device_writeresp),
        12: rpc.Procedure("device_read", xdr.arguments(decode_device_readparms), encode_device_readresp),
        13: rpc.Procedure("device_readstb", xdr.arguments(decode_device_genericparms), encode_device_readstbresp),
        14: rpc.Procedure("device_trigger", xdr.arguments(decode_device_genericparms), encode_device_error),
        15: rpc.Procedure("device_clear", xdr.arguments(decode_device_genericparms), encode_device_error),
        16: rpc.Procedure("device_remote", xdr.arguments(decode_device_genericparms), encode_device_error),
        17: rpc.Procedure("device_local", xdr.arguments(decode_device_genericparms), encode_device_error),
        18: rpc.Procedure("device_lock", xdr.arguments(decode_device_lockparms), encode_device_error),
        19: rpc.Procedure("device_unlock", xdr.arguments(decode_device_link), encode_device_error),
        20: rpc.Procedure("device_enable_srq", xdr.arguments(decode_device_enablesrqparms), encode_device_error),
        22: rpc.Procedure("device_docmd", xdr.arguments(decode_device_docmdparms), encode_device_docmdresp),
        23: rpc.Procedure("destroy_link", xdr.arguments(decode_device_link), encode_device_error),
        25: rpc.Procedure("create_intr_chan", xdr.arguments(decode_device_remotefunc), encode_device_error),
        26: rpc.Procedure("destroy_intr_chan", xdr.arguments(), encode_device_error),
    },
)


class DeviceCoreVersionClient:
    """Calls ``DEVICE_CORE_VERSION`` of ``DEVICE_CORE`` and waits for the answers."""

    __slots__ = ("_client",)

    def __init__(self, client: rpc.Client, /) -> None:
        self._client = client

    def create_link(self, argument: CreateLinkParms, /) -> CreateLinkResp:
        """Call ``create_link``."""
        return self._client.call(DEVICE_CORE, 1, 10, encode_create_linkparms, argument, decode_create_linkresp)

    def device_write(self, argument: DeviceWriteParms, /) -> DeviceWriteResp:
        """Call ``device_write``."""
        return self._client.call(DEVICE_CORE, 1, 11, encode_device_writeparms, argument, decode_device_writeresp)

    def device_read(self, argument: DeviceReadParms, /) -> DeviceReadResp:
        """Call ``device_read``."""
        return self._client.call(DEVICE_CORE, 1, 12, encode_device_readparms, argument, decode_device_readresp)

    def device_readstb(self, argument: DeviceGenericParms, /) -> DeviceReadStbResp:
        """Call ``device_readstb``."""
        return self._client.call(DEVICE_CORE, 1, 13, encode_device_genericparms, argument, decode_device_readstbresp)

    def device_trigger(self, argument: DeviceGenericParms, /) -> DeviceError:
        """Call ``device_trigger``."""
        return self._client.call(DEVICE_CORE, 1, 14, encode_device_genericparms, argument, decode_device_error)

    def device_clear(self, argument: DeviceGenericParms, /) -> DeviceError:
        """Call ``device_clear``."""
        return self._client.call(DEVICE_CORE, 1, 15, encode_device_genericparms, argument, decode_device_error)

    def device_remote(self, argument: DeviceGenericParms, /) -> DeviceError:
        """Call ``device_remote``."""
        return self._client.call(DEVICE_CORE, 1, 16, encode_device_genericparms, argument, decode_device_error)

    def device_local(self, argument: DeviceGenericParms, /) -> DeviceError:
        """Call ``device_local``."""
        return self._client.call(DEVICE_CORE, 1, 17, encode_device_genericparms, argument, decode_device_error)

    def device_lock(self, argument: DeviceLockParms, /) -> DeviceError:
        """Call ``device_lock``."""
        return self._client.call(DEVICE_CORE, 1, 18, encode_device_lockparms, argument, decode_device_error)

    def device_unlock(self, argument: DeviceLink, /) -> DeviceError:
        """Call ``device_unlock``."""
        return self._client.call(DEVICE_CORE, 1, 19, encode_device_link, argument, decode_device_error)

    def device_enable_srq(self, argument: DeviceEnableSrqParms, /) -> DeviceError:
        """Call ``device_enable_srq``."""
        return self._client.call(DEVICE_CORE, 1, 20, encode_device_enablesrqparms, argument, decode_device_error)

    def device_docmd(self, argument: DeviceDocmdParms, /) -> DeviceDocmdResp:
        """Call ``device_docmd``."""
        return self._client.call(DEVICE_CORE, 1, 22, encode_device_docmdparms, argument, decode_device_docmdresp)

    def destroy_link(self, argument: DeviceLink, /) -> DeviceError:
        """Call ``destroy_link``."""
        return self._client.call(DEVICE_CORE, 1, 23, encode_device_link, argument, decode_device_error)

    def create_intr_chan(self, argument: DeviceRemoteFunc, /) -> DeviceError:
        """Call ``create_intr_chan``."""
        return self._client.call(DEVICE_CORE, 1, 25, encode_device_remotefunc, argument, decode_device_error)

    def destroy_intr_chan(self) -> DeviceError:
        """Call ``destroy_intr_chan``."""
        return self._client.call(DEVICE_CORE, 1, 26, xdr.encode_void, None, decode_device_error)


class DeviceCoreVersionAsyncClient:
    """Calls ``DEVICE_CORE_VERSION`` of ``DEVICE_CORE`` from coroutines."""

    __slots__ = ("_client",)

    def __init__(self, client: rpc.AsyncClient, /) -> None:
        self._client = client

    async def create_link(self, argument: CreateLinkParms, /) -> CreateLinkResp:
        """Call ``create_link``."""
        return await self._client.call(DEVICE_CORE, 1, 10, encode_create_linkparms, argument, decode_create_linkresp)

    async def device_write(self, argument: DeviceWriteParms, /) -> DeviceWriteResp:
        """Call ``device_write``."""
        return await self._client.call(DEVICE_CORE, 1, 11, encode_device_writeparms, argument, decode_device_writeresp)

    async def device_read(self, argument: DeviceReadParms, /) -> DeviceReadResp:
        """Call ``device_read``."""
        return await self._client.call(DEVICE_CORE, 1, 12, encode_device_readparms, argument, decode_device_readresp)

    async def device_readstb(self, argument: DeviceGenericParms, /) -> DeviceReadStbResp:
        """Call ``device_readstb``."""
        return await self._client.call(
            DEVICE_CORE, 1, 13, encode_device_genericparms, argument, decode_device_readstbresp
        )

    async def device_trigger(self, argument: DeviceGenericParms, /) -> DeviceError:
        """Call ``device_trigger``."""
        return await self._client.call(DEVICE_CORE, 1, 14, encode_device_genericparms, argument, decode_device_error)

    async def device_clear(self, argument: DeviceGenericParms, /) -> DeviceError:
        """Call ``device_clear``."""
        return await self._client.call(DEVICE_CORE, 1, 15, encode_device_genericparms, argument, decode_device_error)

    async def device_remote(self, argument: DeviceGenericParms, /) -> DeviceError:
        """Call ``device_remote``."""
        return await self._client.call(DEVICE_CORE, 1, 16, encode_device_genericparms, argument, decode_device_error)

    async def device_local(self, argument: DeviceGenericParms, /) -> DeviceError:
        """Call ``device_local``."""
        return await self._client.call(DEVICE_CORE, 1, 17, encode_device_genericparms, argument, decode_device_error)

    async def device_lock(self, argument: DeviceLockParms, /) -> DeviceError:
        """Call ``device_lock``."""
        return await self._client.call(DEVICE_CORE, 1, 18, encode_device_lockparms, argument, decode_device_error)

    async def device_unlock(self, argument: DeviceLink, /) -> DeviceError:
        """Call ``device_unlock``."""
        return await self._client.call(DEVICE_CORE, 1, 19, encode_device_link, argument, decode_device_error)

    async def device_enable_srq(self, argument: DeviceEnableSrqParms, /) -> DeviceError:
        """Call ``device_enable_srq``."""
        return await self._client.call(DEVICE_CORE, 1, 20, encode_device_enablesrqparms, argument, decode_device_error)

    async def device_docmd(self, argument: DeviceDocmdParms, /) -> DeviceDocmdResp:
        """Call ``device_docmd``."""
        return await self._client.call(DEVICE_CORE, 1, 22, encode_device_docmdparms, argument, decode_device_docmdresp)

    async def destroy_link(self, argument: DeviceLink, /) -> DeviceError:
        """Call ``destroy_link``."""
        return await self._client.call(DEVICE_CORE, 1, 23, encode_device_link, argument, decode_device_error)

    async def create_intr_chan(self, argument: DeviceRemoteFunc, /) -> DeviceError:
        """Call ``create_intr_chan``."""
        return await self._client.call(DEVICE_CORE, 1, 25, encode_device_remotefunc, argument, decode_device_error)

    async def destroy_intr_chan(self) -> DeviceError:
        """Call ``destroy_intr_chan``."""
        return await self._client.call(DEVICE_CORE, 1, 26, xdr.encode_void, None, decode_device_error)


class DeviceIntrVersion(Protocol):
    """What serves ``DEVICE_INTR_VERSION`` of ``DEVICE_INTR``."""

    def device_intr_srq(self, argument: DeviceSrqParms, call: rpc.Call, /) -> rpc.Result[None]:
        """Answer ``device_intr_srq``."""
        ...


DEVICE_INTR_VERSION: Final = rpc.Version[DeviceIntrVersion](
    "DEVICE_INTR",
    DEVICE_INTR,
    1,
    {30: rpc.Procedure("device_intr_srq", xdr.arguments(decode_device_srqparms), xdr.encode_void)},
)


class DeviceIntrVersionClient:
    """Calls ``DEVICE_INTR_VERSION`` of ``DEVICE_INTR`` and waits for the answers."""

    __slots__ = ("_client",)

    def __init__(self, client: rpc.Client, /) -> None:
        self._client = client

    def device_intr_srq(self, argument: DeviceSrqParms, /) -> None:
        """Call ``device_intr_srq``."""
        self._client.call(DEVICE_INTR, 1, 30, encode_device_srqparms, argument, xdr.decode_void)


class DeviceIntrVersionAsyncClient:
    """Calls ``DEVICE_INTR_VERSION`` of ``DEVICE_INTR`` from coroutines."""

    __slots__ = ("_client",)

    def __init__(self, client: rpc.AsyncClient, /) -> None:
        self._client = client

    async def device_intr_srq(self, argument: DeviceSrqParms, /) -> None:
        """Call ``device_intr_srq``."""
        await self._client.call(DEVICE_INTR, 1, 30, encode_device_srqparms, argument, xdr.decode_void)
