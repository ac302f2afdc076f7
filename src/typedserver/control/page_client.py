"""The other side of an operator's page, for a program: it logs in, and hears what a browser would.

It knows HTTP as the standard library speaks it, and no server.
"""

import http.client
import json
import urllib.parse
from collections.abc import Iterator
from http import HTTPStatus
from types import TracebackType
from typing import Final, Self, cast

from typedserver.control.client import PATIENCE, ControlError
from typedserver.control.said import News

# Bytes of one line of a stream of events, as a control socket's answer may have.
_LONGEST: Final = 64 * 1024 * 1024

_DATA: Final = b"data: "


class PageClient:
    """A connection to an operator's page.

    url: as the server has shown it, with the token behind the ``#``.

    Use it by ``with``, or ``close`` it. All methods raise ControlError, and are one thread's.
    """

    def __init__(self, url: str) -> None:
        parts = urllib.parse.urlsplit(url)
        token = urllib.parse.parse_qs(parts.fragment).get("token", [""])[0]
        # The token is a secret, so no message shows the whole.
        self._place: str = f"{parts.scheme}://{parts.netloc}"
        if not token or not parts.hostname:
            raise ControlError(f"{self._place}/ has no token: give the URL that the server has shown, in quotes")
        kinds = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}
        if parts.scheme not in kinds:
            raise ControlError(f"{self._place}/ is no page: give the URL that the server has shown, as http://...")
        self._connection = kinds[parts.scheme](parts.hostname, parts.port, timeout=PATIENCE)
        try:
            self._cookie = self._logged_in(token)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End it; a second call does nothing."""
        self._connection.close()

    def _logged_in(self, token: str) -> str:
        fields = {"Content-Type": "application/json", "Origin": self._place}
        try:
            self._connection.request("POST", "/login", json.dumps({"token": token}), fields)
            answer = self._connection.getresponse()
            said = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise ControlError(f"{self._place}: {error}: does the server run, with --operator-page?") from error
        cookie: str | None = answer.getheader("Set-Cookie")
        if answer.status != HTTPStatus.NO_CONTENT or cookie is None:
            raise ControlError(f"{self._place}: {_reason(said)}")
        return cookie.partition(";")[0]

    def watch(self) -> Iterator[News]:
        """Yield what the server shows, once a second, until it ends."""
        try:
            self._connection.request("GET", "/events", headers={"Cookie": self._cookie})
            answer = self._connection.getresponse()
            if answer.status != HTTPStatus.OK:
                raise ControlError(f"{self._place}: {_reason(answer.read())}")
            while line := answer.readline(_LONGEST):
                if line.startswith(_DATA):
                    yield cast("News", json.loads(line.removeprefix(_DATA)))
        except TimeoutError:
            raise ControlError(f"{self._place}: nothing within {PATIENCE:g} s: does the server hang?") from None
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise ControlError(f"{self._place}: {error}") from error


def _reason(said: bytes) -> str:
    try:
        return str(cast("dict[str, object]", json.loads(said))["error"])
    except (ValueError, KeyError, TypeError):
        return "that is no operator's page"
