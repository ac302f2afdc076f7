"""The files of the tree that stand outside docs/ and belong on the site: the README, the examples, what pages link to.

A hook of mkdocs. In the tree, a link leads to a file where it stands, so that it can be followed there as well. On the
site, the README is the start page, a program or a text is a page, a picture is copied, and a folder is only named.
It knows nothing of the navigation or the reference.
"""

import ast
import posixpath
import re
from pathlib import Path
from typing import Final

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT: Final = Path(__file__).parents[1]
DOCS: Final = "docs"
START: Final = "index.md"

# Texts of the project that the site shows if they are there.
_TEXTS: Final = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")

_PICTURES: Final = (".svg", ".png")

# Parts of a page in which nothing is a link, though a link's text may hold one; and the number that stands for one.
_CODE: Final = re.compile(r"^```.*?^```$|`[^`\n]*`", re.DOTALL | re.MULTILINE)
_HIDDEN: Final = re.compile(r"\0(\d+)\0")
_LINK: Final = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s#:]+)(#[^)\s]*)?\)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the files of the tree that the site shows."""
    wanted = [name for name in _TEXTS if (ROOT / name).exists()]
    wanted += [path.relative_to(ROOT).as_posix() for path in sorted((ROOT / "examples").glob("[!_]*.py"))]
    for file in files.documentation_pages():
        wanted += targets(file.content_string, posixpath.join(DOCS, file.src_uri))
    seen: set[str] = set()
    while wanted:
        path = wanted.pop(0)
        if path in seen or path.startswith(f"{DOCS}/") or (ROOT / path).is_dir():
            continue
        seen.add(path)
        text = ROOT.joinpath(path)
        if path.endswith(".md"):
            wanted += targets(text.read_text(), path)
            files.append(File.generated(config, place_of(path), content=text.read_text()))
        elif path.endswith(_PICTURES):
            files.append(File.generated(config, place_of(path), abs_src_path=str(text)))
        else:
            files.append(File.generated(config, place_of(path), content=_listing(path)))
    _ORIGINS.clear()
    _ORIGINS.update({place_of(path): path for path in seen})
    return files


# Which file of the tree a page of the site was made of.
_ORIGINS: Final[dict[str, str]] = {}


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:  # noqa: ARG001 - mkdocs calls it so
    """Have the links of a page lead to pages of the site."""
    place = page.file.src_uri
    if place == START:
        # It is the only page of its section.
        page.meta["hide"] = ["navigation"]
    return relinked(markdown, _ORIGINS.get(place, posixpath.join(DOCS, place)), place)


def place_of(path: str) -> str:
    """Return where a file of the tree stands on the site."""
    if path.startswith(f"{DOCS}/"):
        return path.removeprefix(f"{DOCS}/")
    if path == "README.md":
        return START
    if path.endswith(_PICTURES):
        return path
    place = re.sub(r"/README$", "", re.sub(r"\.\w+$", "", path)).lower() + ".md"
    # The site has no page of a folder that is hidden.
    return place if path.startswith("examples/") else f"project/{place}".replace("/.", "/")


def targets(markdown: str, path: str) -> list[str]:
    """Return the files of the tree that a text of it links to."""
    hidden, _ = _without_code(markdown)
    found = [_aim(path, target) for _, _, target, _ in _LINK.findall(hidden)]
    return [each for each in found if (ROOT / each).exists()]


def relinked(markdown: str, path: str, place: str) -> str:
    """Return a text that stands at ``path`` in the tree with the links that it needs at ``place`` on the site."""

    def link(found: re.Match[str]) -> str:
        picture, text, target, heading = found.groups("")
        aim = _aim(path, target)
        if not (ROOT / aim).exists():
            return found[0]
        if (ROOT / aim).is_dir():
            return text
        return f"{picture}[{text}]({posixpath.relpath(place_of(aim), posixpath.dirname(place) or '.')}{heading})"

    hidden, code = _without_code(markdown)
    return _HIDDEN.sub(lambda found: code[int(found[1])], _LINK.sub(link, hidden))


def _aim(path: str, target: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), target))


def _without_code(markdown: str) -> tuple[str, list[str]]:
    """Return a text with numbers in the places of its code, and the code."""
    code: list[str] = []

    def hide(found: re.Match[str]) -> str:
        code.append(found[0])
        return f"\0{len(code) - 1}\0"

    return _CODE.sub(hide, markdown), code


def _listing(path: str) -> str:
    """Return the page that shows a program: what it says of itself, then the rest of it."""
    source = (ROOT / path).read_text()
    if not path.endswith(".py"):
        return f"# {path}\n\n````text\n{source}````\n"
    module = ast.parse(source)
    about = ast.get_docstring(module) or ""
    code = source.splitlines(keepends=True)[module.body[0].end_lineno if about else 0 :]
    # A docstring is text, in which nothing but code between backticks has a meaning.
    told = about if "`" in about else re.sub(r"([<>*_\[\]])", r"\\\1", about)
    title = path.removeprefix("examples/")
    return f"# {title}\n\n{told}\n\n````python\n{''.join(code).lstrip()}````\n"
