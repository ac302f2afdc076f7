"""A board of notices over TLS, for whom its authority has given a certificate: who may write, that certificate says.

Make the files in a folder, and name that in TLS_FOLDER (the folder where you are, if you do not):

    new="openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
    sign="openssl x509 -req -copy_extensions copy -extfile extensions -CA ca.pem -CAkey ca.key -CAcreateserial"
    echo authorityKeyIdentifier=keyid > extensions
    $new -x509 -addext keyUsage=keyCertSign,cRLSign -keyout ca.key -out ca.pem -subj "/CN=authority of the board"
    $new -keyout server.key -subj /CN=localhost -addext subjectAltName=DNS:localhost | $sign -out server.pem
    $new -keyout ann.key -subj /O=writers/CN=ann | $sign -out ann.pem

`python -m typedserver examples.tls:server` serves, and `openssl s_client -quiet -connect localhost:7443 -CAfile ca.pem
-cert ann.pem -key ann.key` is ann. An empty line shows the board, any other is a notice. Replace server.pem and
server.key whenever you like: they are loaded within a minute, or at once by SIGHUP; who is connected stays.
"""

import os
import ssl
from collections import deque
from dataclasses import dataclass
from pathlib import Path

from typedserver import (
    TCP,
    TLS,
    Authenticated,
    Certificate,
    ClientCertificate,
    Identified,
    InetPeer,
    Multiplexed,
    Server,
    ServerContext,
    Stream,
    TLSConfig,
    stream_handler,
)

NOTICES: deque[str] = deque(maxlen=20)


@dataclass(frozen=True)
class Reader:
    name: str
    writes: bool


def reader(certificate: Certificate) -> Reader | None:
    """Say whose certificate it is; one without a name is nobody's."""
    if certificate.common_name is None:
        return None
    return Reader(certificate.common_name, "O=writers" in certificate.subject.split(","))


@stream_handler
async def board(stream: Stream[Identified[Reader], ServerContext, ssl.SSLSocket]) -> None:
    who = stream.principal
    await stream.write(f"hello {who.name}, by {stream.socket.version()}\n".encode())
    async for line in stream:
        notice = line.decode(errors="replace").strip()
        if not notice:
            await stream.write("".join(f"{each}\n" for each in (*NOTICES, ".")).encode())
        elif who.writes:
            NOTICES.append(f"{who.name}: {notice}")
            await stream.write(b"written\n")
        else:
            await stream.write(b"you only read here\n")


def boards(folder: Path, port: int, *, watch: float = 60) -> Server[ssl.SSLSocket, InetPeer[Reader]]:
    config = TLSConfig(
        certificate=folder / "server.pem",
        key=folder / "server.key",
        client_ca=folder / "ca.pem",
        client_certificate="required",
        watch=watch,
    )
    return Server(Authenticated(TLS(TCP(port=port), config), ClientCertificate(reader)), board, Multiplexed())


server = boards(Path(os.environ.get("TLS_FOLDER", ".")), 7443)
