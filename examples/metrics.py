"""Prometheus metrics of any server: an observer counts, and an HTTP server tells.

`python -m typedserver examples.metrics:server`, then `nc 127.0.0.1 7200` and `curl http://127.0.0.1:7201/metrics`.
"""

import threading
from collections import defaultdict
from http.server import BaseHTTPRequestHandler

from typedserver import (
    TCP,
    Accepted,
    AcceptFailed,
    Finished,
    Group,
    LogObserver,
    Multiplexed,
    Refused,
    Server,
    ServerConfig,
    ServerEvent,
    Stream,
    Threads,
    from_stdlib,
    stream_handler,
)

SECONDS = (0.01, 0.1, 1.0, 10.0, 60.0, 600.0, float("inf"))
KINDS = {  # of all metrics, with what they tell
    "connections_accepted_total": ("counter", "Connections accepted."),
    "connections_open": ("gauge", "Connections open."),
    "connections_refused_total": ("counter", "Connections refused."),
    "connections_finished_total": ("counter", "Connections ended, by outcome."),
    "connection_seconds": ("histogram", "How long connections last."),
    "accept_failures_total": ("counter", "Accepts that failed."),
}


class Metrics:
    def __init__(self) -> None:
        self._lock = threading.Lock()  # events come from any thread
        self._log = LogObserver()  # which this observer replaces
        self._values = {name: defaultdict[str, float](float) for name in KINDS}

    def __call__(self, event: ServerEvent, /) -> None:
        self._log(event)
        with self._lock:
            match event:
                case Accepted():
                    self._values["connections_accepted_total"][""] += 1
                    self._values["connections_open"][""] += 1
                case Refused(reason=reason):
                    self._values["connections_refused_total"][f'{{reason="{reason}"}}'] += 1
                case Finished(outcome=outcome, seconds=seconds):
                    self._values["connections_open"][""] -= 1
                    self._values["connections_finished_total"][f'{{outcome="{outcome.value}"}}'] += 1
                    lasted = self._values["connection_seconds"]
                    for most in SECONDS:
                        lasted[f'_bucket{{le="{most}"}}'] += seconds <= most
                    lasted["_count"] += 1
                    lasted["_sum"] += seconds
                case AcceptFailed():
                    self._values["accept_failures_total"][""] += 1
                case _:
                    pass

    def __str__(self) -> str:
        """Return all values in Prometheus' text format."""
        lines = list[str]()
        with self._lock:
            for name, (kind, text) in KINDS.items():
                lines += [f"# HELP {name} {text}", f"# TYPE {name} {kind}"]
                lines += [f"{name}{labels} {value}" for labels, value in self._values[name].items()]
        return "\n".join(lines).replace('"inf"', '"+Inf"') + "\n"


@stream_handler
async def echo(stream: Stream) -> None:
    async for line in stream:
        await stream.write(line)


def service(port: int, metrics_port: int) -> Group:
    metrics = Metrics()

    class Exposition(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = str(metrics).encode()
            self.send_response(200 if self.path == "/metrics" else 404)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    measured = Server(TCP(port=port), echo, Multiplexed(), config=ServerConfig(observer=metrics))
    return Group([measured, Server(TCP(port=metrics_port), from_stdlib(Exposition), Threads(daemon=True))])


server = service(7200, 7201)
