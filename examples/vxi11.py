"""An instrument of a laboratory's network (VXI-11): a voltmeter that answers a few commands of SCPI.

The protocol was compiled by typedserver-rpcgen from examples/protocols/vxi11.x. A client opens a link, writes commands
to it and reads answers; when the meter has something to say it may call back (service request, the interrupt channel).
VISA clients ask the rpcbind of the instrument's host for its port:

    python examples/vxi11.py                                                  (and in another shell, by pyvisa-py:)
    >>> pyvisa.ResourceManager("@py").open_resource("TCPIP::127.0.0.1::inst0::INSTR").query("*IDN?")
"""

import ipaddress
import signal
import threading
from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

from examples.protocols import vxi11
from typedserver import TCP, Address, Server, Threads, inet_address, rpc

# VXI-11, B.6: what an operation ends by.
OK: Final = 0
NOT_ACCESSIBLE: Final = 3
BAD_LINK: Final = 4
NOT_SUPPORTED: Final = 8
LOCKED: Final = 11
NOT_LOCKED: Final = 12
TIMED_OUT: Final = 15
CHANNEL_NOT_THERE: Final = 6
CHANNEL_THERE: Final = 29
ABORTED: Final = 23

# B.5.3, flags; B.6.5, why a read ends.
WAIT_FOR_LOCK: Final = 1
END: Final = 8
READ_END: Final = 4
READ_FULL: Final = 1

# IEEE 488.2: the bits of the status byte.
MESSAGE_AVAILABLE: Final = 0x10
REQUESTS_SERVICE: Final = 0x40

_LARGEST_WRITE: Final = 64 * 1024


class Meter:
    """What is measured: the commands, and what they answer."""

    def __init__(self) -> None:
        self.volts = 1.25
        self._commands: dict[str, Callable[[], str]] = {
            "*IDN?": lambda: "typedserver,Voltmeter,1,0",
            "*TST?": lambda: "0",
            "MEAS:VOLT?": lambda: f"{self.volts:.3f}",
        }

    def execute(self, command: str) -> str | None:
        """Return what a command answers; None for nothing."""
        if command.startswith("VOLT "):
            # A value that is none changes nothing.
            with suppress(ValueError):
                self.volts = float(command.removeprefix("VOLT "))
            return None
        answer = self._commands.get(command.upper())
        return answer() if answer is not None else None


@dataclass
class Link:
    """One client's connection with the instrument."""

    received: bytearray = field(default_factory=bytearray)
    answers: bytearray = field(default_factory=bytearray)
    handle: bytes | None = None
    has_answer: threading.Condition = field(default_factory=threading.Condition)
    aborted: bool = False


class Instrument:
    """The services of ``DEVICE_CORE`` and ``DEVICE_ASYNC``; each call runs in a thread of its own, and may wait."""

    def __init__(self, meter: Meter, workers: ThreadPoolExecutor) -> None:
        self._meter = meter
        self._workers = workers
        self._links: dict[int, Link] = {}
        self._next = 1
        self._locked_by: int | None = None
        self._is_free = threading.Condition()
        self._client: vxi11.DeviceIntrVersionClient | None = None
        self._channel: rpc.TCPClient | None = None
        self.port = 0

    def close(self) -> None:
        """Close the interrupt channel."""
        if self._channel is not None:
            self._channel.close()
        self._channel = self._client = None

    # Links

    def create_link(self, argument: vxi11.CreateLinkParms, _call: rpc.Call, /) -> vxi11.CreateLinkResp:
        if argument.device not in ("inst0", "inst"):
            return vxi11.CreateLinkResp(NOT_ACCESSIBLE, 0, 0, 0)
        with self._is_free:
            number, self._next = self._next, self._next + 1
            self._links[number] = Link()
        error = OK
        if argument.lockDevice:
            error = self._lock(number, WAIT_FOR_LOCK, argument.lock_timeout)
            if error:
                del self._links[number]
        return vxi11.CreateLinkResp(error, number, self.port, _LARGEST_WRITE)

    def destroy_link(self, argument: int, _call: rpc.Call, /) -> vxi11.DeviceError:
        if self._links.pop(argument, None) is None:
            return vxi11.DeviceError(BAD_LINK)
        self._unlock(argument)
        return vxi11.DeviceError(OK)

    # Messages

    def device_write(self, argument: vxi11.DeviceWriteParms, _call: rpc.Call, /) -> vxi11.DeviceWriteResp:
        link = self._links.get(argument.lid)
        if link is None:
            return vxi11.DeviceWriteResp(BAD_LINK, 0)
        if error := self._wait_for_lock(argument.lid, argument.flags, argument.lock_timeout):
            return vxi11.DeviceWriteResp(error, 0)
        link.received += argument.data
        if argument.flags & END:
            message = bytes(link.received).decode("ascii", "replace")
            link.received.clear()
            self._execute(link, [command.strip() for command in message.split(";")])
        return vxi11.DeviceWriteResp(OK, len(argument.data))

    def _execute(self, link: Link, commands: list[str]) -> None:
        answers = [answer for command in commands if (answer := self._meter.execute(command)) is not None]
        if "SRQ" in commands:
            self._request_service(link)
        if answers:
            with link.has_answer:
                # Those of one message are one answer (IEEE 488.2, 8.4).
                link.answers += ";".join(answers).encode() + b"\n"
                link.has_answer.notify_all()

    def device_read(self, argument: vxi11.DeviceReadParms, _call: rpc.Call, /) -> vxi11.DeviceReadResp:
        link = self._links.get(argument.lid)
        if link is None:
            return vxi11.DeviceReadResp(BAD_LINK, 0, b"")
        if error := self._wait_for_lock(argument.lid, argument.flags, argument.lock_timeout):
            return vxi11.DeviceReadResp(error, 0, b"")
        with link.has_answer:
            link.aborted = False
            there = link.has_answer.wait_for(lambda: link.answers or link.aborted, argument.io_timeout / 1000)
            if not there or link.aborted:
                return vxi11.DeviceReadResp(ABORTED if link.aborted else TIMED_OUT, 0, b"")
            data = bytes(link.answers[: argument.requestSize])
            del link.answers[: argument.requestSize]
            reason = READ_FULL if link.answers else READ_END
        return vxi11.DeviceReadResp(OK, reason, data)

    def device_readstb(self, argument: vxi11.DeviceGenericParms, _call: rpc.Call, /) -> vxi11.DeviceReadStbResp:
        link = self._links.get(argument.lid)
        if link is None:
            return vxi11.DeviceReadStbResp(BAD_LINK, 0)
        return vxi11.DeviceReadStbResp(OK, MESSAGE_AVAILABLE if link.answers else 0)

    def device_clear(self, argument: vxi11.DeviceGenericParms, _call: rpc.Call, /) -> vxi11.DeviceError:
        link = self._links.get(argument.lid)
        if link is None:
            return vxi11.DeviceError(BAD_LINK)
        link.received.clear()
        link.answers.clear()
        return vxi11.DeviceError(OK)

    def device_abort(self, argument: int, _call: rpc.Call, /) -> vxi11.DeviceError:
        link = self._links.get(argument)
        if link is None:
            return vxi11.DeviceError(BAD_LINK)
        with link.has_answer:
            link.aborted = True
            link.has_answer.notify_all()
        return vxi11.DeviceError(OK)

    def _known(self, number: int) -> vxi11.DeviceError:
        return vxi11.DeviceError(OK if number in self._links else BAD_LINK)

    def device_trigger(self, argument: vxi11.DeviceGenericParms, _call: rpc.Call, /) -> vxi11.DeviceError:
        return self._known(argument.lid)

    def device_remote(self, argument: vxi11.DeviceGenericParms, _call: rpc.Call, /) -> vxi11.DeviceError:
        return self._known(argument.lid)

    def device_local(self, argument: vxi11.DeviceGenericParms, _call: rpc.Call, /) -> vxi11.DeviceError:
        return self._known(argument.lid)

    def device_docmd(self, _argument: vxi11.DeviceDocmdParms, _call: rpc.Call, /) -> vxi11.DeviceDocmdResp:
        return vxi11.DeviceDocmdResp(NOT_SUPPORTED, b"")

    # Locks

    def device_lock(self, argument: vxi11.DeviceLockParms, _call: rpc.Call, /) -> vxi11.DeviceError:
        if argument.lid not in self._links:
            return vxi11.DeviceError(BAD_LINK)
        return vxi11.DeviceError(self._lock(argument.lid, argument.flags, argument.lock_timeout))

    def _lock(self, number: int, flags: int, milliseconds: int) -> int:
        if error := self._wait_for_lock(number, flags, milliseconds):
            return error
        self._locked_by = number
        return OK

    def _wait_for_lock(self, number: int, flags: int, milliseconds: int) -> int:
        with self._is_free:
            seconds = milliseconds / 1000 if flags & WAIT_FOR_LOCK else 0
            free = self._is_free.wait_for(lambda: self._locked_by in (None, number), seconds)
        return OK if free else LOCKED

    def device_unlock(self, argument: int, _call: rpc.Call, /) -> vxi11.DeviceError:
        if argument not in self._links:
            return vxi11.DeviceError(BAD_LINK)
        return vxi11.DeviceError(OK if self._unlock(argument) else NOT_LOCKED)

    def _unlock(self, number: int) -> bool:
        with self._is_free:
            if self._locked_by != number:
                return False
            self._locked_by = None
            self._is_free.notify_all()
            return True

    # The interrupt channel: the instrument calls its client

    def create_intr_chan(self, argument: vxi11.DeviceRemoteFunc, _call: rpc.Call, /) -> vxi11.DeviceError:
        if self._channel is not None:
            return vxi11.DeviceError(CHANNEL_THERE)
        if argument.progFamily != vxi11.DeviceAddrFamily.DEVICE_TCP or argument.progNum != vxi11.DEVICE_INTR:
            return vxi11.DeviceError(NOT_SUPPORTED)
        host = str(ipaddress.IPv4Address(argument.hostAddr))
        self._channel = rpc.TCPClient(host, argument.hostPort)
        self._client = vxi11.DeviceIntrVersionClient(self._channel)
        return vxi11.DeviceError(OK)

    def destroy_intr_chan(self, _call: rpc.Call, /) -> vxi11.DeviceError:
        if self._channel is None:
            return vxi11.DeviceError(CHANNEL_NOT_THERE)
        self.close()
        return vxi11.DeviceError(OK)

    def device_enable_srq(self, argument: vxi11.DeviceEnableSrqParms, _call: rpc.Call, /) -> vxi11.DeviceError:
        link = self._links.get(argument.lid)
        if link is None:
            return vxi11.DeviceError(BAD_LINK)
        link.handle = argument.handle if argument.enable else None
        return vxi11.DeviceError(OK)

    def _request_service(self, link: Link) -> Future[None] | None:
        client, handle = self._client, link.handle
        if client is None or handle is None:
            return None
        # Not in this call: the client may answer only when its own write has returned.
        return self._workers.submit(client.device_intr_srq, vxi11.DeviceSrqParms(handle))


@contextmanager
def instrument(endpoint: TCP, rpcbind: Address | None = None) -> Generator[Meter, None, None]:
    """Serve a meter in a thread while the block runs, known to the rpcbind of this host or another one."""
    with ThreadPoolExecutor(1) as workers:
        meter = Meter()
        service = Instrument(meter, workers)
        core = vxi11.DEVICE_CORE_VERSION.served_by(service)
        abort = vxi11.DEVICE_ASYNC_VERSION.served_by(service)
        # A read waits for its answer, so calls run in threads.
        server = Server(endpoint, rpc.stream_handler(core, abort), Threads())
        with server, rpc.registered([core, abort], [server], rpcbind=rpcbind):
            service.port = inet_address(server)[1]
            serving = threading.Thread(target=server.serve_forever)
            serving.start()
            try:
                yield meter
            finally:
                server.shutdown()
                serving.join()
                service.close()


def main() -> None:
    """Serve a meter until Ctrl-C."""
    with instrument(TCP(port=0, host="127.0.0.1")):
        signal.sigwait([signal.SIGINT, signal.SIGTERM])


if __name__ == "__main__":
    main()
