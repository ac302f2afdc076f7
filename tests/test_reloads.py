"""What a listener loads from outside: reloaded when it is asked for and when it has changed, and what is told of it."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from typing_extensions import override

from tests.running import PATIENCE, Run, ask, running
from typedserver import (
    TCP,
    Asyncio,
    CertificateExpires,
    EndpointWrapper,
    Forks,
    Group,
    Inline,
    ListenerWrapper,
    Listening,
    Multiplexed,
    Prefork,
    Reloaded,
    ReloadFailed,
    Server,
    ServerConfig,
    ServerEvent,
    Stream,
    StreamRequest,
    Threads,
    stream_handler,
)
from typedserver.protocols.endpoints import CertificateState, Endpoint, Listener

DAY = 86_400

Signature = tuple[int, int] | None


@dataclass(frozen=True)
class Marked(EndpointWrapper[StreamRequest, Any]):
    """Its listener shows a certificate that expires in as many days as a file says."""

    file: Path
    endpoint: Endpoint[object, object]
    watch: float | None = None

    @property
    @override
    def inner(self) -> Endpoint[object, object]:
        return self.endpoint

    def listen(self) -> Listener[StreamRequest, Any]:
        return MarkedListener(self)


class MarkedListener(ListenerWrapper[StreamRequest, Any]):
    def __init__(self, recipe: Marked) -> None:
        self._recipe = recipe
        self.days = int(recipe.file.read_text())
        self._seen = self._signature()
        super().__init__(recipe.inner.listen())

    def _signature(self) -> Signature:
        try:
            found = self._recipe.file.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_ino

    @property
    @override
    def watch(self) -> float | None:
        return self._recipe.watch

    @property
    @override
    def certificates(self) -> tuple[CertificateState, ...]:
        return (CertificateState(str(self._recipe.file), "localhost", time.time() + self.days * DAY),)

    @override
    def has_changed(self) -> bool:
        return self._signature() != self._seen

    @override
    def reload(self) -> None:
        self._seen = self._signature()
        self.days = int(self._recipe.file.read_text())

    @override
    def establish(self, request: Any, client_address: Any, _server: Any, /) -> tuple[Any, Any]:
        request.sendall(b"%d %d" % (os.getpid(), self.days))
        return request, client_address


@stream_handler
async def silent(_stream: Stream[Any]) -> None:
    """Nothing: the listener has said all."""


def rewrite(file: Path, text: str) -> None:
    """Replace a file as a program that renews a certificate does."""
    new = file.with_suffix(".new")
    new.write_text(text)
    new.rename(file)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "days"
    path.write_text("90")
    return path


def wait_until(condition: Callable[[], object]) -> None:
    until = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < until, "it did not come about"
        time.sleep(0.005)


def shown(address: Any) -> int:
    return int(ask(address, b"").split()[1])


def has_shown(server: Any, days: int) -> bool:
    return shown(server.server_address) == days


STRATEGIES = [Inline(), Threads(), Forks(), Multiplexed(), Asyncio()]


def marked(file: Path, events: list[ServerEvent], strategy: Any = None, watch: float | None = None) -> Any:
    endpoint = Marked(file, TCP(port=0), watch)
    return Server(endpoint, silent, strategy or Threads(), config=ServerConfig(observer=events.append))


def of(events: list[ServerEvent], *kinds: type[Any]) -> list[Any]:
    return [event for event in list(events) if isinstance(event, kinds)]


def test_reload_is_told(file: Path) -> None:
    events: list[ServerEvent] = []
    with running(marked(file, events)) as run:
        run.server.reload()
    assert of(events, Reloaded, ReloadFailed) == [Reloaded(server=run.server)]


def test_reload_that_fails_is_told_and_raised_and_the_old_stays(file: Path) -> None:
    events: list[ServerEvent] = []
    with running(marked(file, events)) as run:
        file.write_text("half a certific")
        with pytest.raises(ValueError, match="half a certific") as raised:
            run.server.reload()
        assert shown(run.server.server_address) == 90
    assert of(events, Reloaded, ReloadFailed) == [ReloadFailed(raised.value, server=run.server)]


def test_reload_of_a_server_that_is_not_open_does_nothing(file: Path) -> None:
    events: list[ServerEvent] = []
    marked(file, events).reload()
    assert not events


def test_reload_that_fails_for_one_server_of_a_group_is_told_by_that_one(file: Path) -> None:
    events: list[ServerEvent] = []
    server = marked(file, events)
    with running(Group([server])) as run:
        file.write_text("no number")
        with pytest.raises(ValueError, match="no number"):
            run.server.reload()
    assert [event.server for event in of(events, ReloadFailed)] == [server]


@pytest.mark.parametrize(("days", "told"), [(15, False), (13, True), (-1, True)])
def test_certificate_that_expires_within_14_days_is_told_when_it_is_opened(file: Path, days: int, told: bool) -> None:
    file.write_text(str(days))
    events: list[ServerEvent] = []
    with marked(file, events) as server:
        expiring = of(events, Listening, CertificateExpires)[1:]
    if not told:
        assert not expiring
        return
    (event,) = expiring
    assert (event.certificate, event.name, event.server) == (str(file), "localhost", server)
    assert event.seconds == pytest.approx(days * DAY, abs=60)


def test_certificate_that_expires_soon_is_told_when_it_is_reloaded(file: Path) -> None:
    events: list[ServerEvent] = []
    with running(marked(file, events)) as run:
        file.write_text("2")
        run.server.reload()
    assert [type(event) for event in of(events, Reloaded, CertificateExpires)] == [Reloaded, CertificateExpires]


@pytest.mark.parametrize("strategy", STRATEGIES, ids=repr)
def test_watched_file_is_reloaded_when_it_has_changed(file: Path, strategy: Any) -> None:
    events: list[ServerEvent] = []
    with running(marked(file, events, strategy, watch=0.01)) as run:
        assert shown(run.server.server_address) == 90
        rewrite(file, "60")
        wait_until(lambda: of(events, Reloaded))
        assert shown(run.server.server_address) == 60


def test_watched_file_that_stays_is_not_reloaded(file: Path) -> None:
    events: list[ServerEvent] = []
    with running(marked(file, events, watch=0.01)) as run:
        for days in ("60", "30"):
            rewrite(file, days)
            wait_until(partial(has_shown, run.server, int(days)))
        assert shown(run.server.server_address) == 30
    assert len(of(events, Reloaded)) == 2


def test_watched_file_that_is_bad_is_told_once_and_tried_again_when_it_changes(file: Path) -> None:
    events: list[ServerEvent] = []
    with running(marked(file, events, watch=0.01)) as run:
        rewrite(file, "half a")
        wait_until(lambda: of(events, ReloadFailed))
        file.unlink()
        wait_until(lambda: len(of(events, ReloadFailed)) == 2)
        assert shown(run.server.server_address) == 90
        rewrite(file, "60")
        wait_until(lambda: of(events, Reloaded))
        assert shown(run.server.server_address) == 60
    assert [type(event.error) for event in of(events, ReloadFailed)] == [ValueError, FileNotFoundError]


def test_file_that_has_changed_between_the_open_and_the_serving_is_reloaded_at_once(file: Path) -> None:
    server = marked(file, [], watch=600.0)
    with server:
        rewrite(file, "60")
        run = Run(server)
        assert shown(server.server_address) == 60
        server.shutdown()
        run.join()


def test_file_is_watched_in_a_second_loop_as_well(file: Path) -> None:
    server = marked(file, [], watch=0.01)
    with server:
        for days in (60, 30):
            run = Run(server)
            rewrite(file, str(days))
            wait_until(partial(has_shown, server, days))
            server.shutdown()
            run.join()


def test_workers_of_prefork_watch_their_file_and_new_ones_begin_with_what_it_is(file: Path) -> None:
    server = Prefork(marked(file, [], watch=0.02), 2)

    def days() -> dict[int, int]:
        found: dict[int, int] = {}
        until = time.monotonic() + PATIENCE
        while len(found) < 2:
            assert time.monotonic() < until
            pid, number = map(int, ask(server.server_address, b"").split())
            found[pid] = number
        return found

    with running(server):
        assert set(days().values()) == {90}
        rewrite(file, "60")
        wait_until(lambda: set(days().values()) == {60})
        old = server.pids
        os.kill(old[0], 9)
        wait_until(lambda: len(server.pids) == 2 and old[0] not in server.pids)
        assert set(days().values()) == {60}
