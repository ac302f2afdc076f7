"""An event as the fields of a line: its name, its level, and values that JSON can write.

Nothing in it is longer than an address or a name, or holds what a client has sent: of an error of a request only the
class is given. It knows events, and nothing of who writes lines.
"""

import logging
import math
from typing import Final, TypeAlias, cast

from typedserver.events import (
    Accepted,
    AcceptFailed,
    Answered,
    CertificateExpires,
    Closed,
    Drained,
    Draining,
    Established,
    Finished,
    Listening,
    Refused,
    Reloaded,
    ReloadFailed,
    ServerEvent,
    Started,
    WorkerEnded,
    WorkerStarted,
)
from typedserver.observers.names import kind_of, printable, text_of, type_of
from typedserver.recipes import shown
from typedserver.sockets.peers import InetPeer, UnixPeer

Fields: TypeAlias = dict[str, str | int | float | bool | None]
"""The fields of a line."""


_NAMES: Final[dict[type[object], str]] = {
    Listening: "listening",
    Accepted: "accepted",
    Refused: "refused",
    Started: "started",
    Established: "established",
    Answered: "answered",
    Finished: "finished",
    AcceptFailed: "accept_failed",
    Reloaded: "reloaded",
    ReloadFailed: "reload_failed",
    CertificateExpires: "certificate_expires",
    Draining: "draining",
    Drained: "drained",
    Closed: "closed",
    WorkerStarted: "worker_started",
    WorkerEnded: "worker_ended",
}

_DEBUG: Final = (Accepted, Started, Established, Answered)


def title_of(event: ServerEvent) -> str:
    """Return an event's name: ``finished``, ``worker_ended``."""
    return _NAMES[type(event)]


def level_of(event: ServerEvent) -> int:
    """Return an event's level: DEBUG for the steps of a request, INFO for its end, more for what went wrong."""
    if isinstance(event, _DEBUG):
        return logging.DEBUG
    match event:
        case ReloadFailed():
            return logging.ERROR
        case AcceptFailed() | CertificateExpires() | WorkerEnded(expected=False):
            return logging.WARNING
        case Drained(report=report) if report.cut or report.left:
            return logging.WARNING
        case _:
            return logging.INFO


def fields_of(event: ServerEvent) -> Fields:
    """Return the fields of an event; those that have no value are left out."""
    match event:
        case WorkerStarted(pid, number):
            return {"worker": number, "pid": pid}
        case WorkerEnded(pid, number, status, expected, seconds):
            return _known({"worker": number, "pid": pid, "status": status, "expected": expected, "seconds": seconds})
        case Accepted() | Started() | Established() | Answered() | Finished() | Refused():
            return _of_request(event)
        case _:
            return {"server": text_of(event.server.server_address)} | _of_server(event)


def _of_request(event: Accepted | Started | Established | Answered | Finished | Refused) -> Fields:
    client = event.client_address
    fields: Fields = {
        "server": text_of(event.server.server_address),
        "connection": event.connection_id,
        "client": text_of(client),
    }
    if isinstance(client, InetPeer | UnixPeer):
        fields["principal"] = shown(cast("InetPeer[object]", client).principal)
    if isinstance(event, Finished):
        fields["outcome"] = event.outcome.value
    if isinstance(event, Finished | Answered):
        fields["seconds"] = event.seconds
    if isinstance(event, Refused):
        fields["reason"] = event.reason
        if event.limit is not None:
            fields["limit"] = event.limit
    if isinstance(event, Finished | Answered | Refused) and event.error is not None:
        fields["error"] = type_of(event.error)
    return fields


def _of_server(event: ServerEvent) -> Fields:
    fields: Fields = {}
    match event:
        case Listening():
            fields["kind"] = kind_of(event.server)
        case AcceptFailed(error, pauses):
            # The kernel's words.
            fields = {"error": type_of(error), "detail": error.strerror, "pauses": pauses}
        case ReloadFailed(error):
            # Of a file of the operator's, not of a client.
            fields = {"error": type_of(error), "detail": printable(shown(error))}
        case CertificateExpires(certificate, name, seconds):
            fields = {"certificate": printable(certificate), "identity": printable(name), "seconds": seconds}
        case Draining(_, deadline):
            fields["deadline"] = deadline
        case Drained(_, report):
            fields = {
                "served": report.served,
                "from_queue": report.from_queue,
                "cut": len(report.cut),
                "left": report.left,
                "seconds": report.seconds,
            }
        case _:
            pass
    return _known(fields)


def _known(fields: Fields) -> Fields:
    # JSON has no infinite number: a deadline that never comes is none.
    return {name: value for name, value in fields.items() if value is not None and value != math.inf}
