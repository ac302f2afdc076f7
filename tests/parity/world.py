# The classes are made at run time, from the module under comparison, so a type checker cannot follow them.
# mypy: ignore-errors
# pyright: basic
"""The place of a scenario, and everything that can be seen of it: events by role, stderr, and what is left behind.

A scenario is a function of a World. It is run once with the standard library's module and once with ours, and both
must be seen to do the same. Everything that differs from run to run (ports, paths, descriptors) is written as its kind.
"""

import contextlib
import gc
import itertools
import json
import os
import re
import shutil
import socket
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

SCENARIOS: dict[str, Callable[[Any], object]] = {}

# A loop calls these hooks again and again. How often depends on the clock, so the repeats are not compared.
TICKS = ("service_actions", "collect_children")
PATIENCE = 10.0
GRACE = 1.0


def _mark(value):
    # It must be the same in every process: several processes that run the tests know a test by it.
    if isinstance(value, memoryview):
        return f"view of {value.format}"
    return getattr(value, "__name__", str(value))


def scenario(function=None, /, **axes):
    """Register a scenario, or one for each combination of the axes' values."""

    def register(function):
        for values in itertools.product(*axes.values()):
            case = dict(zip(axes, values, strict=True))
            marks = [_mark(value) for value in values]
            name = function.__name__ + (f"[{'-'.join(marks)}]" if marks else "")
            assert name not in SCENARIOS, name
            SCENARIOS[name] = lambda world, case=case: function(world, **case)
        return function

    return register(function) if function else register


class World:
    """ss: the module under comparison; std: the standard library's, in both runs."""

    def __init__(self, ss, std):
        self.ss = ss
        self.std = std
        self.folder = Path(tempfile.mkdtemp(prefix="p"))
        self._pid = os.getpid()
        self._children_log = self.folder / "log"
        self._changed = threading.Condition()
        self._seen: dict[Any, list[Any]] = {"main": [], "loop": []}
        self._main = threading.current_thread()
        self._others = set(threading.enumerate())
        self.loop_threads = set()
        self.loops_ended = 0
        self._names = itertools.count()

    def new_path(self):
        return str(self.folder / f"s{next(self._names)}")

    def role(self):
        if os.getpid() != self._pid:
            return "child"
        if threading.current_thread() is self._main:
            return "main"
        return "loop" if threading.current_thread() in self.loop_threads else threading.current_thread()

    def saw(self, name, *details):
        event = [name, *(self.plain(detail) for detail in details)]
        role = self.role()
        if role == "child":
            with open(self._children_log, "a") as log:
                log.write(json.dumps([os.getpid(), event]) + "\n")
            return
        with self._changed:
            if name not in TICKS or self._is_first_tick(role, name):
                self._seen.setdefault(role, []).append(event)
            self._changed.notify_all()

    def _is_first_tick(self, role, name):
        """Whether it is the first since the last request, or since the server was closed."""
        for event in reversed(self._seen.get(role, ())):
            if event[0] == name:
                return False
            if event[0] in ("_handle_request_noblock", "server_close"):
                return True
        return False

    def wait_until(self, holds):
        with self._changed:
            assert self._changed.wait_for(holds, PATIENCE), f"never came: {self._seen}"

    def loop_saw(self, name):
        return any(event[0] == name for event in self._seen["loop"])

    def wait_for_turn(self):
        self.wait_until(lambda: self.loop_saw("service_actions") or self.loops_ended)

    def wait_for_workers(self):
        for thread in set(threading.enumerate()) - self._others - self.loop_threads:
            thread.join(PATIENCE)

    def loop_has_ended(self):
        with self._changed:
            self.loops_ended += 1
            self._changed.notify_all()

    def plain(self, thing):
        match thing:
            case socket.socket():
                return f"<socket {thing.type.name}>"
            case tuple() if len(thing) in (2, 4) and isinstance(thing[0], str) and isinstance(thing[1], int):
                return "<inet address>"
            case tuple() | list():
                return [self.plain(part) for part in thing]
            case bytes() | bytearray():
                return repr(bytes(thing)).replace(str(self.folder), "<folder>")
            case str():
                return re.sub(re.escape(str(self.folder)) + r"/s\d+", "<path>", thing)
            case BaseException():
                return re.sub(" at 0x[0-9a-f]+", "", self.plain(f"{type(thing).__name__}: {thing}"))
            case bool() | int() | float() | None:
                return thing
            case type():
                return thing.__name__
        return f"<{type(thing).__name__}>"

    @contextlib.contextmanager
    def catching(self, name):
        """Record the exception that the block raises."""
        try:
            yield
        except BaseException as error:
            self.saw(f"{name} raised", error)

    def seen(self):
        children = {}
        for line in self._children_log.read_text().splitlines() if self._children_log.exists() else ():
            pid, event = json.loads(line)
            children.setdefault(pid, []).append(event)
        return {
            "main": self._seen["main"],
            "loop": self._seen["loop"],
            # Each separately, because the scheduler decides which of several threads or children comes first.
            "workers": sorted(self._seen[role] for role in self._seen if isinstance(role, threading.Thread)),
            "children": sorted(children.values()),
        }


class _Stderr:
    """Records what any process writes; of a traceback only the last line, because frames and line numbers differ."""

    def __init__(self, world):
        self._world = world
        self._written = ""

    def write(self, text):
        self._written += text
        return len(text)

    def flush(self):
        pass

    def text(self):
        text = re.sub(r"(?m)^Traceback .*\n(?:(?:  .*|    .*|\s*)\n)*", "<traceback>\n", self._written)
        text = re.sub(r"\('[^']*', \d+(?:, \d+, \d+)?\)", "<inet address>", text)
        return self._world.plain(text)


def _descriptors():
    return set(os.listdir("/dev/fd"))


def _left_of(before, now):
    deadline = time.monotonic() + GRACE
    while (left := now() - before) and time.monotonic() < deadline:
        # Objects that an exception's frames keep alive are not closed until they are collected.
        gc.collect()
        time.sleep(0.001)
    return len(left)


def _reap_all():
    count = 0
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, 0):
            count += 1
    return count


def run(scenario: Callable[[Any], object], ss: ModuleType, std: ModuleType) -> dict[str, Any]:
    """Run one scenario in a world of its own; returns all that was seen."""
    world = World(ss, std)
    threads, descriptors = set(threading.enumerate()), _descriptors()
    stderr, sys.stderr = sys.stderr, _Stderr(world)
    hook, threading.excepthook = threading.excepthook, lambda raised: world.saw("excepthook", raised.exc_type)
    try:
        with warnings.catch_warnings():
            # The stdlib leaves a request to the garbage collector if verify_request raises.
            warnings.simplefilter("ignore", ResourceWarning)
            scenario(world)
            threads_left = _left_of(threads, lambda: set(threading.enumerate()))
            descriptors_left = _left_of(descriptors, _descriptors)
        stderr_text = sys.stderr.text()
    finally:
        sys.stderr = stderr
        threading.excepthook = hook
        children_left = _reap_all()
        seen = world.seen()
        shutil.rmtree(world.folder)
    return {
        **seen,
        "children left": children_left,
        "stderr": stderr_text,
        "threads left": threads_left,
        "descriptors left": descriptors_left,
    }
