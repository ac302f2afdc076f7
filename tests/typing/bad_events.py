"""Events that lack what each must say, and labels that no refusal has."""

from typedserver import TCP, Accepted, Listening, Refused, Server, ServerEvent, StreamRequest


def handle(_request: StreamRequest, _client_address: object, _server: object) -> None: ...


SERVER = Server(TCP(port=0), handle)

Accepted(("h", 1))  # error: [call-arg] (reportCallIssue)
Accepted(("h", 1), server=SERVER)  # error: [call-arg] (reportCallIssue)
Accepted(("h", 1), SERVER, 1)  # error: [call-arg] (reportCallIssue)
Listening(("h", 1), server=TCP(port=0))  # error: [arg-type] (reportArgumentType)
Refused(("h", 1), "its peer has 3 already", server=SERVER, connection_id=1)  # error: [arg-type] (reportArgumentType)


def observe(event: ServerEvent) -> None:
    print(event.connection_id)  # error: [union-attr] (reportAttributeAccessIssue)
    print(event.server.server_adress)  # error: [union-attr] (reportAttributeAccessIssue)


def is_of_peer(event: Refused) -> bool:
    return event.reason == "peer"  # error: [comparison-overlap] (reportUnnecessaryComparison)
