"""Who is logged in: a token is exchanged for a session, which a cookie names. It knows no HTTP."""

import hashlib
import hmac
import secrets
import time
from typing import Final

# Operators who are logged in at once. The one who has not logged in for longest has to do so again.
_MOST: Final = 64

# Seconds: a working day.
LIFETIME: Final = 12 * 3600


class Sessions:
    """The sessions of one page.

    token: what is exchanged for one. Neither it nor a session's name is kept as it is, and each comparison takes the
    same time, whatever is given.
    """

    __slots__ = ("_expire", "_token")

    def __init__(self, token: str) -> None:
        self._token = _digest(token)
        # When each expires, by the digest of its name.
        self._expire: dict[bytes, float] = {}

    def begin(self, token: str) -> str | None:
        """Return the name of a new session; None for a wrong token."""
        if not hmac.compare_digest(_digest(token), self._token):
            return None
        self._forget_expired()
        while len(self._expire) >= _MOST:
            del self._expire[next(iter(self._expire))]
        name = secrets.token_urlsafe(32)
        self._expire[_digest(name)] = time.monotonic() + LIFETIME
        return name

    def is_open(self, name: str) -> bool:
        """Return whether there is a session of that name."""
        # By the digest: what the time of a look into a dict tells of that tells nothing of the name.
        return self._expire.get(_digest(name), 0.0) > time.monotonic()

    def end(self, name: str) -> None:
        """End a session."""
        self._expire.pop(_digest(name), None)

    def _forget_expired(self) -> None:
        now = time.monotonic()
        self._expire = {name: when for name, when in self._expire.items() if when > now}


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
