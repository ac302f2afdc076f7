"""Live requests: a cut is on record by the time that a report may be asked for."""

import time

from typedserver.requests.table import Live, LiveRequests


def test_live_requests_report_a_cut_before_it_ends_the_request() -> None:
    reported: list[list[object]] = []

    def end(request: object, _client_address: object) -> None:
        # The worker may end at this moment in another thread, and the server may ask for the report.
        reported.append(list(live.cut_addresses))
        assert id(request) in live.cut
        del live.requests[id(request)]

    live = LiveRequests(None, None, end)
    requests = {("127.0.0.1", port): object() for port in (1, 2)}
    for address, request in requests.items():
        live.requests[id(request)] = Live(request, address, time.monotonic())
    live.cut_all()
    assert reported == [[("127.0.0.1", 1)], [("127.0.0.1", 1), ("127.0.0.1", 2)]]
    assert not live.cut, "nobody asks for those that have ended"
