"""The rule for every test: it leaves no thread, child, descriptor or socket file behind."""

import gc
import logging
import os
import shutil
import signal
import stat
import threading
import time
from collections.abc import Generator
from pathlib import Path

import pytest

from tests import postgresql as of_postgresql
from tests.postgresql import Database, PostgreSQL
from tests.reactors import REACTORS
from tests.redis_server import RedisServer
from tests.reliability.programs import Program
from tests.reliability.trials import Stand
from typedserver import ServerConfig
from typedserver.endpoints import passed

# Seconds. A thread may take a moment to end after its server has counted it out, and so may a peer's close to arrive.
GRACE = 2.0


def _descriptors() -> dict[int, str]:
    found: dict[int, str] = {}
    for name in os.listdir("/proc/self/fd"):
        try:
            found[int(name)] = os.readlink(f"/proc/self/fd/{name}")
        except OSError:
            continue
    return found


def _children() -> set[int]:
    children: set[int] = set()
    for task in Path("/proc/self/task").iterdir():
        try:
            children.update(map(int, (task / "children").read_text().split()))
        except OSError:
            continue
    return children


def _socket_files(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if stat.S_ISSOCK(path.lstat().st_mode)}


def _left_of(descriptors: dict[int, str], now: dict[int, str]) -> dict[int, str]:
    return {fd: target for fd, target in now.items() if descriptors.get(fd) != target and "/proc/" not in target}


def _snapshot() -> tuple[set[threading.Thread], set[int], dict[int, str]]:
    return set(threading.enumerate()), _children(), _descriptors()


def pytest_configure() -> None:
    # A shell starts its background jobs with SIGINT ignored, and nohup all with SIGHUP ignored: the programs that
    # the tests start would inherit that, and must leave it so.
    for number, handler in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, handler)


@pytest.fixture(scope="session", autouse=True)
def uvloop_warmed_up() -> None:
    """Make libuv open the pipe for signals that it keeps for the whole process (uv_signal_t)."""
    loop = REACTORS["uvloop"]()
    loop.call_soon_threadsafe(loop.stop)
    loop.run_forever()
    loop.close()


@pytest.fixture(params=list(REACTORS))
def config(request: pytest.FixtureRequest) -> ServerConfig:
    """A server's config on each of the loops in turn."""
    return ServerConfig(reactor_factory=REACTORS[request.param])


@pytest.fixture
def log_file(tmp_path: Path) -> Generator[Path, None, None]:
    """A log that children can write to as well."""
    path = tmp_path / "log"
    handler = logging.FileHandler(path, mode="a")
    handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    logger = logging.getLogger("typedserver")
    logger.addHandler(handler)
    yield path
    logger.removeHandler(handler)
    handler.close()


@pytest.fixture(scope="module")
def stand() -> Generator[Stand, None, None]:
    """Both programs of a ledger's trials, for all tests of a module."""
    with Stand() as stand:
        yield stand


@pytest.fixture(scope="module")
def hostile() -> Generator[Program, None, None]:
    """The program of the hostile clients, for all tests of a module."""
    with Program(["-m", "tests.reliability.hostile"]) as program:
        yield program


@pytest.fixture(scope="session")
def postgresql_server() -> Generator[PostgreSQL, None, None]:
    """A PostgreSQL for all tests of this process; for tests that do not stop it."""
    if of_postgresql.programs() is None:
        pytest.skip("PostgreSQL")
    with PostgreSQL() as server:
        yield server


@pytest.fixture
def postgresql(postgresql_server: PostgreSQL) -> Generator[Database, None, None]:
    """An empty database of PostgreSQL."""
    with postgresql_server.new_database() as database:
        yield database


@pytest.fixture(scope="session")
def redis_server() -> Generator[RedisServer, None, None]:
    """A Redis for all tests of this process; for tests that do not stop it."""
    if shutil.which("redis-server") is None:
        pytest.skip("redis-server")
    with RedisServer() as server:
        yield server


@pytest.fixture
def redis_url(redis_server: RedisServer) -> str:
    """An empty Redis."""
    assert redis_server.ask("FLUSHALL") == "+OK"
    return redis_server.url


@pytest.fixture(autouse=True)
def no_sockets_are_passed_to_the_next_test() -> Generator[None, None, None]:
    """Forget what a test has written to the environment: this process reads it once, and remembers it."""
    yield
    passed.variables().clear()


@pytest.fixture(autouse=True)
def nothing_left_behind(request: pytest.FixtureRequest) -> Generator[None, None, None]:
    # Asked for before the test, because it may be gone afterwards.
    folder = request.getfixturevalue("tmp_path") if "tmp_path" in request.fixturenames else None
    threads, children, descriptors = _snapshot()
    yield
    deadline = time.monotonic() + GRACE
    while True:
        now = _snapshot()
        left = (
            {thread for thread in now[0] - threads if thread.is_alive()},
            now[1] - children,
            _left_of(descriptors, now[2]),
        )
        if not any(left) or time.monotonic() > deadline:
            break
        gc.collect()
        time.sleep(0.005)
    assert not left[0], f"threads left behind: {left[0]}"
    assert not left[1], f"children left behind: {left[1]}"
    assert not left[2], f"descriptors left behind: {left[2]}"
    if folder is not None:
        files = _socket_files(folder)
        assert not files, f"socket files left behind: {files}"
