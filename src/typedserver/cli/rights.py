"""What a program does between binding and serving: it writes its number, and becomes the user that was asked for.

What cannot work is refused before anything is bound.
"""

import logging
import os

from typedserver.access.layers import layers
from typedserver.cli.abilities import check_abilities
from typedserver.cli.accounts import Account, account_of
from typedserver.cli.mistakes import UsageError
from typedserver.cli.pid_file import PidFile
from typedserver.cli.settings import Settings
from typedserver.endpoints.unix import UnixDatagram, UnixStream
from typedserver.endpoints.unix_path import file_of
from typedserver.lifetime.tree import leaves
from typedserver.prefork.sharing import is_server, serves_messages
from typedserver.protocols.servers import AnyServer

_log = logging.getLogger("typedserver")


class Rights:
    """The pid file of a program, and the end of root's rights.

    server: what is bound then. settings: what was asked for.
    """

    def __init__(self, server: AnyServer, settings: Settings) -> None:
        self._server = server
        self._account = account_of(settings.user, settings.group)
        self._pid_file = None if settings.pid_file is None else PidFile(settings.pid_file)
        self._settings = settings

    def check(self) -> None:
        """Raise UsageError for what cannot work; before anything is bound."""
        if self._pid_file is not None:
            self._pid_file.check()
        if self._account is not None and not self._account.is_current():
            check_abilities(self._server, self._settings, self._account)

    def opened(self) -> None:
        """Write the pid file, hand over what was made as root, and become the user."""
        account = self._account
        if self._pid_file is not None and not self._pid_file.waits:
            self._pid_file.write(account)
        if account is not None and not account.is_current():
            _hand_files_over(self._server, account)
            account.become()

    def ready(self) -> None:
        """Write the pid file if another process has served until now; in the loop."""
        if self._pid_file is None or not self._pid_file.waits:
            return
        try:
            self._pid_file.write()
        except UsageError as error:
            # The other process has gone by now, so this one must go on.
            _log.error("the pid file still names the process before this one: %s", error)

    def close(self, *, gave_way: bool) -> None:
        """Remove the pid file, unless another process has taken over (``gave_way``): then it is that one's."""
        if self._pid_file is not None and not gave_way:
            self._pid_file.remove()


def _hand_files_over(server: AnyServer, account: Account) -> None:
    """Make the files of Unix sockets the account's, which removes them in the end."""
    for leaf in leaves(server):
        if not is_server(leaf) or serves_messages(leaf):
            continue
        file = file_of(leaf.fileno())
        if file is not None and file.is_at(file.path):
            # A group that the recipe names has it already.
            named = any(isinstance(each, UnixStream | UnixDatagram) and each.group for each in layers(leaf.endpoint))
            os.chown(file.path, account.uid, -1 if named else account.gid, follow_symlinks=False)
