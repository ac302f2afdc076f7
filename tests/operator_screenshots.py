"""Draws the pictures of docs/operating.md anew: ``python -m tests.operator_screenshots``. It needs Chromium."""

import socket
import tempfile
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import Literal

from playwright.sync_api import expect

from tests.chromium import browser, shown
from tests.running import connect

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"

# Clients that stay, and requests that come and go beside them.
CLIENTS = 1234


def come_and_go(port: int, over: threading.Event) -> None:
    """Make requests, so that there are rates and times."""
    while not over.wait(0.01):
        with connect(("127.0.0.1", port)) as client:
            client.sendall(b"a\n")
            client.recv(10)


def draw(scheme: Literal["light", "dark"]) -> None:
    """Draw the page in one of its colours."""
    over = threading.Event()
    with tempfile.TemporaryDirectory() as folder, browser() as chromium, ExitStack() as clients:
        view = {"width": 1100, "height": 900}
        with shown(chromium, Path(folder), "prefork", color_scheme=scheme, viewport=view) as seen:
            for _ in range(CLIENTS):
                clients.enter_context(connect(("127.0.0.1", seen.port)))
            busy = threading.Thread(target=come_and_go, args=(seen.port, over))
            busy.start()
            try:
                expect(seen.page.locator("#shown")).to_contain_text("1,23")
                seen.page.wait_for_timeout(4000)
                seen.page.screenshot(path=PICTURES / f"operator-page-{scheme}.png")
            finally:
                over.set()
                busy.join()


if __name__ == "__main__":
    socket.setdefaulttimeout(20)
    PICTURES.mkdir(exist_ok=True)
    draw("light")
    draw("dark")
