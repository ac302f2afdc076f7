"""Prometheus metrics of any server, also of worker processes: an observer counts, and an HTTP server tells.

`python -m typedserver examples.metrics:server`, then `nc 127.0.0.1 7200` and `curl http://127.0.0.1:7201/metrics`.
It needs the extra: `pip install 'typedserver[prometheus]'`.
"""

from prometheus_client import CollectorRegistry, MetricsHandler

from typedserver import (
    TCP,
    Group,
    LogObserver,
    Multiplexed,
    Observers,
    Prefork,
    Prometheus,
    Server,
    ServerConfig,
    Stream,
    Threads,
    from_stdlib,
    stream_handler,
)


@stream_handler
async def echo(stream: Stream) -> None:
    async for line in stream:
        await stream.write(line)


def service(port: int, metrics_port: int, processes: int) -> Group:
    metrics = Prometheus()
    collectors = CollectorRegistry()
    collectors.register(metrics)

    class Exposition(MetricsHandler):
        registry = collectors

    config = ServerConfig(observer=Observers(LogObserver(), metrics))
    echoing = Prefork(Server(TCP(port=port), echo, Multiplexed(), config=config), processes)
    # Beside the workers, not in them: it runs in the parent, to which they report.
    return Group([echoing, Server(TCP(port=metrics_port), from_stdlib(Exposition), Threads(daemon=True))])


server = service(7200, 7201, processes=2)
