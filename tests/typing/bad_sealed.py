"""Endpoints and keys that Sealed cannot work with, and handlers that ask for more than it gives."""

from typedserver import TCP, UDP, InetPeer, Sealed, SealedClient, SealedSocket, Server, Threads, datagram_handler

KEY = b"0" * 32

Sealed(TCP(port=0), KEY)  # error: [arg-type] (reportArgumentType)
Sealed(UDP(port=0))  # error: [call-overload] (reportCallIssue)
Sealed(UDP(port=0), "text")  # error: [call-overload] (reportArgumentType)
Sealed(UDP(port=0), {"a": KEY})  # error: [dict-item] (reportArgumentType)
Sealed(UDP(port=0), KEY, window="8")  # error: [call-overload] (reportArgumentType)
SealedClient("text")  # error: [arg-type] (reportArgumentType)
SealedSocket("127.0.0.1", 9000)  # error: [arg-type] (reportArgumentType)


@datagram_handler
def of_text(data: bytes, client_address: InetPeer[str]) -> bytes:
    return data


Server(Sealed(UDP(port=0), KEY), of_text, Threads())  # error: [arg-type] (reportArgumentType)
Server(UDP(port=0), of_text, Threads())  # error: [arg-type] (reportArgumentType)
