"""Events: what an observer sees of each, in patterns too."""

from typing import Literal, assert_never, assert_type

from typedserver import (
    Accepted,
    AcceptFailed,
    Address,
    Answered,
    AnyServer,
    CertificateExpires,
    Closed,
    Drained,
    Draining,
    DrainReport,
    Established,
    Finished,
    Listening,
    Observer,
    Outcome,
    Refusal,
    Refused,
    Reloaded,
    ReloadFailed,
    ServerContext,
    ServerEvent,
    Started,
    WorkerEnded,
    WorkerStarted,
)


def observe(event: ServerEvent) -> None:
    match event:
        case Listening(server_address) | Closed(server_address):
            assert_type(server_address, Address)
            assert_type(event.server, ServerContext)
        case Accepted(client_address) | Started(client_address) | Established(client_address):
            assert_type(client_address, object)
            assert_type(event.connection_id, int)
            assert_type(event.server.server_address, Address)
        case Refused(client_address, reason, limit=limit, connection_id=number):
            assert_type(
                reason,
                Literal["verify_request", "connections", "rate", "per_peer", "filter", "failures", "seal", "error"],
            )
            assert_type(limit, float | None)
            assert_type(event.error, BaseException | None)
            assert_type(number, int)
        case Answered(client_address, seconds, failed):
            assert_type(client_address, object)
            assert_type(seconds, float)
            assert_type(failed, Exception | None)
        case Finished(client_address, outcome, seconds, error):
            assert_type(outcome, Outcome)
            assert_type(seconds, float)
            assert_type(error, BaseException | None)
        case AcceptFailed(failure, pauses):
            assert_type(failure, OSError)
            assert_type(pauses, bool)
        case Reloaded():
            assert_type(event.server, ServerContext)
        case ReloadFailed(fault):
            assert_type(fault, Exception)
        case CertificateExpires(certificate, name, seconds):
            assert_type(certificate, str)
            assert_type(name, str)
            assert_type(seconds, float)
        case Draining(_, deadline):
            assert_type(deadline, float)
        case Drained(_, report):
            assert_type(report, DrainReport)
        case WorkerStarted(pid, number):
            assert_type(pid, int)
            assert_type(event.server, AnyServer)
        case WorkerEnded(pid, number, status, expected, seconds):
            assert_type(status, int | None)
            assert_type(expected, bool)
        case _:
            assert_never(event)


def label(reason: Refusal) -> str:
    match reason:
        case "verify_request" | "connections" | "rate" | "per_peer" | "filter" | "failures" | "seal" | "error":
            return reason
        case _:
            assert_never(reason)


OBSERVER: Observer = observe
