"""Datagrams as a handler's coroutine answers them: without holding up the thread that others wait in.

It knows what a datagram is answered through, and the values of ``waits.py``; no strategy.
"""

import time
from typing import Generic, cast

from typing_extensions import TypeVar

from typedserver.coroutines.waits import Sleep, wait_for
from typedserver.protocols.handlers import ServerContext
from typedserver.protocols.requests import Address, DatagramSocket
from typedserver.sockets.datagrams import FIRST_RETRY, note_dropped, send_reply, send_timeout
from typedserver.sockets.waiting import DONT_WAIT

_DatagramAddress_co = TypeVar("_DatagramAddress_co", covariant=True, default=Address)
_DatagramServer_co = TypeVar("_DatagramServer_co", bound=ServerContext, covariant=True, default=ServerContext)


async def send_waiting(through: DatagramSocket, data: bytes, client_address: Address) -> bool:
    """Do what ``send_reply`` does; if there is no room, other coroutines of the thread go on meanwhile."""
    try:
        through.sendto(data, DONT_WAIT, client_address)
    except BlockingIOError:
        return await _send_patiently(through, data, client_address)
    except OSError as error:
        note_dropped(data, client_address, error)
        return False
    return True


async def _send_patiently(through: DatagramSocket, data: bytes, client_address: Address) -> bool:
    # It sleeps, because a Unix datagram socket is writable though the queue of this peer is full.
    now = time.monotonic()
    deadline = now + send_timeout(through)
    pause = FIRST_RETRY
    while True:
        await wait_for(Sleep(min(now + pause, deadline)))
        try:
            through.sendto(data, DONT_WAIT, client_address)
        except OSError as error:
            now = time.monotonic()
            pause *= 2
            if not isinstance(error, BlockingIOError) or now >= deadline:
                note_dropped(data, client_address, error)
                return False
        else:
            return True


class DatagramContext(Generic[_DatagramAddress_co, _DatagramServer_co]):
    """Whose a datagram is and where it came in, for a function of ``datagram_handler`` that wants to know.

    It may be kept, to answer later or again: also when the function has returned, until the server is closed. All of it
    works in any coroutine or thread of this process, and under every strategy.
    """

    __slots__ = ("_client_address", "_server", "_through")

    def __init__(
        self, through: DatagramSocket, client_address: _DatagramAddress_co, server: _DatagramServer_co
    ) -> None:
        self._through = through
        self._client_address = client_address
        self._server = server

    @property
    def client_address(self) -> _DatagramAddress_co:
        """Who has sent it."""
        return self._client_address

    @property
    def server(self) -> _DatagramServer_co:
        """The server that has received it."""
        return self._server

    @property
    def local_address(self) -> Address:
        """The address that it was sent to, which may be a group's; without ``packet_info``, that of the server.

        Raises OSError once the server is closed.
        """
        return self._through.getsockname()

    async def reply(self, data: bytes, /) -> bool:
        """Send a datagram to the client; returns False, with a line in the log, if it could not be delivered.

        If there is no room it waits for the endpoint's ``send_timeout``, while others go on. Raises OSError (EMSGSIZE)
        if it is longer than a datagram can be.
        """
        # The endpoint gives one of the kernel's addresses, whatever type the function declares.
        return await send_waiting(self._through, data, cast("Address", self._client_address))

    def reply_blocking(self, data: bytes, /) -> bool:
        """Do what ``reply`` does, in a plain function: its thread waits if there is no room."""
        return send_reply(self._through, data, cast("Address", self._client_address))

    def __repr__(self) -> str:
        return f"<DatagramContext of {self._client_address!r}>"
