"""Run a server as a program: until a signal ends it, or a new process takes its place.

It knows servers by their contract alone, and the terminal. Exit status: 0 after a requested stop, 3 if the stop had to
cut requests at the deadline, 130 if a second signal cut them.
"""

import contextlib
import signal
import sys
import traceback
from collections.abc import Callable, Generator

from typedserver.cli.invitations import invitations
from typedserver.cli.rights import Rights
from typedserver.cli.settings import Settings
from typedserver.cli.stopping import CUT, Stop, exit_at_once
from typedserver.errors import TypedServerError
from typedserver.group import Group
from typedserver.lifetime.serving import Serving
from typedserver.lifetime.tree import is_ours
from typedserver.process.handled import Handled
from typedserver.process.signals import keep_the_exit_status, stays_ignored, take_no_notice, unblocked
from typedserver.protocols.servers import AnyServer
from typedserver.service import notify
from typedserver.service.announced import announced
from typedserver.service.hot_restart import HotRestart
from typedserver.service.taking_over import take_over
from typedserver.service.terminal import show


@contextlib.contextmanager
def failure_reported() -> Generator[None, None, None]:
    """Report a failure to the service manager, or to the predecessor, because they may not see stderr."""
    try:
        yield
    except TypedServerError as error:
        notify.status(str(error))
        raise
    except SystemExit as error:
        if isinstance(error.code, str):
            notify.status(error.code)
        raise
    except Exception as error:
        reason = "".join(traceback.format_exception_only(error))
        if not isinstance(error, SyntaxError):
            # A SyntaxError names its place itself, and its last frame is the compiler's.
            frame = traceback.extract_tb(error.__traceback__)[-1]
            reason += f" ({frame.filename}:{frame.lineno})"
        notify.status(reason)
        raise


@contextlib.contextmanager
def _restarted_by_a_signal(server: Serving, settings: Settings) -> Generator[Callable[[], bool], None, None]:
    """Have SIGUSR2 start a new process instead of this one, while the block serves.

    Yields what says whether another process has taken over.
    """
    if not hasattr(signal, "SIGUSR2"):
        yield lambda: False
        return
    restart = HotRestart(server, start_deadline=settings.start_deadline)
    is_given_up = "restart" in settings.give_up

    def asked() -> None:
        if is_given_up:
            show("hot restart refused: it was given up (--give-up restart)", sys.stderr)
        else:
            restart.request()

    handled = Handled()
    handled.set(signal.SIGUSR2, lambda _number, _frame: asked())
    try:
        with unblocked(signal.SIGUSR2):
            yield lambda: restart.successor is not None
    finally:
        # The default handler would kill the program while it ends.
        signal.signal(signal.SIGUSR2, signal.SIG_IGN)
        restart.close()
        take_no_notice(signal.SIGUSR2, handled.former[signal.SIGUSR2])


def run(server: AnyServer, settings: Settings) -> int:
    """Serve until a signal ends it; returns the exit status."""
    rights = Rights(server, settings)
    rights.check()
    # A server of a foreign class has no loop that signals could wake. In a group it runs in a thread.
    serving: Serving = server if is_ours(server) else Group([server])
    ends_it = "SIGTERM" if stays_ignored(signal.SIGINT) else "Ctrl-C"
    stop = Stop(f"waiting for requests to end; {ends_it} cuts them")
    serving.__lifetime__.call_when_ready(stop.enter_loop)

    def invite() -> None:
        for line in invitations(server):
            show(line, sys.stdout)
        show(f"{ends_it} ends it.", sys.stdout)

    def ready() -> None:
        # After this the other process ends, if there is one.
        take_over()
        rights.ready()

    try:
        with _restarted_by_a_signal(serving, settings) as gave_way, announced(serving, ready):
            try:
                status = serving.run(deadline=settings.deadline, opened=rights.opened, ready=invite, asked=stop.asked)
            finally:
                # run() sees to that by itself if a signal has ended it, but not if a hot restart has.
                keep_the_exit_status()
                rights.close(gave_way=gave_way())
    except KeyboardInterrupt:
        status = CUT
    finally:
        stop.close()
    report = serving.__lifetime__.servable.report()
    if status == CUT or (report is not None and report.left):
        # The interpreter would wait for threads that did not end, maybe for ever.
        exit_at_once(status)
    return status
