"""Debian's Chromium, steered by Playwright, and a server whose page it looks at."""

import contextlib
import os
import re
import resource
import shutil
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests.cli import Program, program

HOSTILE = "<img src=x onerror=alert(1)>"

# A handler whose name is markup, besides the usual ones.
APP = """
from typedserver import *

@stream_handler
async def upper(stream: Stream) -> None:
    async for line in stream:
        await stream.write(line.upper())

def hostile(request, address, server):
    while data := request.recv(100):
        request.sendall(data)

hostile.__qualname__ = "HOSTILE"

both = Group([
    Server(UnixStream("hostile.sock"), hostile, Threads()),
    Server(TCP(port=0), upper, Multiplexed()),
])
slow = Server(TCP(port=0), upper, Multiplexed())
prefork = Prefork(Server(TCP(port=0), upper, Threads()), 2)
""".replace("HOSTILE", HOSTILE)


@contextlib.contextmanager
def browser() -> Generator[Browser, None, None]:
    """Run Chromium while the block does."""
    path = shutil.which("chromium")
    assert path is not None, "Debian's chromium is missing: make clients"
    # Its sandbox is not for root (Chromium's own words).
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=arguments)
        try:
            yield running
        finally:
            running.close()


@dataclass
class Shown:
    """A server, with its page in a browser. port: the server's. asked: what the browser has asked for."""

    served: Program
    page: Page
    port: int
    url: str
    asked: list[str]
    said: list[str]

    def fact(self, name: str) -> str:
        """Return what the page shows under a name."""
        return self.page.locator("#facts div", has_text=name).locator("dd").inner_text()

    def rows(self) -> list[str]:
        """Return the ids of the rows that are drawn."""
        return self.page.locator("#list .row > span:first-child").all_inner_texts()


@contextlib.contextmanager
def shown(chromium: Browser, folder: Path, app: str = "slow", **options: Any) -> Generator[Shown, None, None]:
    """Serve an app, and look at its page."""
    (folder / "app.py").write_text(APP)
    with program(folder, f"app:{app}", "--operator-page", "127.0.0.1:0") as served:
        port = 0
        while "operator's page" not in (line := served.line()):
            if found := re.search(r"tcp \S+:(\d+) ", line):
                port = int(found[1])
        url = line.rpartition(" ")[2]
        context = chromium.new_context(**options)
        page = context.new_page()
        asked, said = list[str](), list[str]()
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("dialog", lambda dialog: said.append(f"dialog: {dialog.message}"))
        try:
            page.goto(url)
            page.wait_for_selector("#view:not([hidden]) #facts dd")
            yield Shown(served, page, port, url, asked, said)
        finally:
            context.close()


def allow_descriptors(number: int) -> None:
    """Have this process, and those that it starts, open as many descriptors as a test needs."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert hard == resource.RLIM_INFINITY or hard >= number, f"at most {hard} descriptors are allowed here"
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, number), hard))
