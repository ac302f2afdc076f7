"""The user and the groups that the program becomes, when it has bound what only root can bind. POSIX only.

It knows the tables of users and groups, and this process's rights.
"""

import contextlib
import os
import sys
from collections.abc import Generator
from dataclasses import dataclass
from typing import Final

if sys.platform != "win32":
    import grp
    import pwd

from typedserver.cli.mistakes import UsageError

_ROOT: Final = 0


@dataclass(frozen=True, slots=True)
class Account:
    """Whose rights a process has: the numbers of the user, of the group, and of all groups."""

    name: str
    uid: int
    gid: int
    groups: tuple[int, ...]

    def is_current(self) -> bool:
        """Whether this process has these rights already, as the new one of a hot restart does."""
        return (os.getuid(), os.geteuid(), os.getgid(), os.getegid()) == (self.uid, self.uid, self.gid, self.gid)

    def become(self) -> None:
        """Give up the rights of root for these, for good; raises UsageError if root could be had back."""
        # In this order: who is no longer root can change no groups.
        os.setgroups(self.groups)
        os.setgid(self.gid)
        os.setuid(self.uid)
        if self.uid != _ROOT:
            with contextlib.suppress(OSError):
                os.setuid(_ROOT)
                raise UsageError(
                    f"this process can become root again after it became {self.name}: the system is broken"
                )

    @contextlib.contextmanager
    def tried(self) -> Generator[None, None, None]:
        """Have the kernel treat this process as one of these rights, while the block asks what those can do."""
        former = os.getgroups()
        egid = os.getegid()
        os.setgroups(self.groups)
        os.setegid(self.gid)
        os.seteuid(self.uid)
        try:
            yield
        finally:
            os.seteuid(_ROOT)
            os.setegid(egid)
            os.setgroups(former)


def account_of(user: str | None, group: str | None) -> Account | None:
    """Return the account that is asked for; None if none is. Raises UsageError for one that cannot be had."""
    if user is None and group is None:
        return None
    if sys.platform == "win32":
        raise UsageError("--user and --group need POSIX: leave them out")
    try:
        entry = pwd.getpwuid(os.getuid()) if user is None else _user(user)
    except KeyError:
        raise UsageError(
            f"--user {user}: this machine has no such user: is it spelled right? (getent passwd)"
        ) from None
    gid = entry.pw_gid if group is None else _group(group)
    # All groups of the user, as after a login; a number alone has no others.
    groups = os.getgrouplist(entry.pw_name, gid) if user is not None else [gid]
    account = Account(entry.pw_name, entry.pw_uid, gid, tuple(sorted(set(groups))))
    if not account.is_current() and os.geteuid() != _ROOT:
        option = f"--user {user}" if user is not None else f"--group {group}"
        raise UsageError(
            f"{option}: only root can become another user or group, and this process is user {os.geteuid()}: start it "
            "as root, or leave it out"
        )
    return account


def _user(user: str) -> "pwd.struct_passwd":
    return pwd.getpwuid(int(user)) if user.isdecimal() else pwd.getpwnam(user)


def _group(group: str) -> int:
    if group.isdecimal():
        return int(group)
    try:
        return grp.getgrnam(group).gr_gid
    except KeyError:
        raise UsageError(
            f"--group {group}: this machine has no such group: is it spelled right? (getent group)"
        ) from None
