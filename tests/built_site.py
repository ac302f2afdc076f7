"""The documentation as a site, built once for all tests that read it."""

import fcntl
import os
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple

from typing_extensions import override

ROOT = Path(__file__).parents[1]


class Built(NamedTuple):
    """A built site: where it is, and what building it has said."""

    folder: Path
    said: str
    status: int


def build(shared: Path) -> Built:
    """Build the site, or take what another process of this run of the tests has built in the same folder."""
    folder, said = shared / "site", shared / "site.txt"
    with (shared / "site.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not said.exists():
            command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
            quiet = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
            ended = subprocess.run(command, cwd=ROOT, env=quiet, capture_output=True, text=True, check=False)
            said.write_text(f"{ended.returncode}\n{ended.stdout}{ended.stderr}")
    status, _, text = said.read_text().partition("\n")
    return Built(folder, text, int(status))


class Page(HTMLParser):
    """What a page of HTML links to, loads, shows, and can be linked to by."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.pictures: list[dict[str, str | None]] = []
        self.headings: list[int] = []
        self.feed(path.read_text())
        self.close()

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        of = dict(attrs)
        self.ids.update(str(of[name]) for name in ("id", "name") if of.get(name) and tag != "meta")
        if tag == "a" and of.get("href"):
            self.links.append(str(of["href"]))
        if tag == "img":
            self.pictures.append(of)
        if tag in ("img", "script", "iframe", "source") and of.get("src"):
            self.loaded.append(str(of["src"]))
        if tag == "link" and of.get("rel") in ("stylesheet", "icon", "preload", "preconnect"):
            self.loaded.append(str(of["href"]))
        if len(tag) == 2 and tag[0] == "h" and tag[1].isdigit():
            self.headings.append(int(tag[1]))
