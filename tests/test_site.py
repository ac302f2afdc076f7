"""The documentation as a site: it builds without a warning, needs nothing from elsewhere, and has every public name."""

import html
import importlib
import inspect
import json
import re
import tomllib
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree as ET

import pytest
import yaml
from website import pictures

from tests.built_site import ROOT, Built, Page, build

# Whose names programs use; each says by __all__ which these are.
PACKAGES = ("", ".rpc", ".rpc.xdr", ".sources", ".testing", ".compat", ".mixins", ".hot_restart")

# Not by a star: many programs have a function of this name.
NOT_BY_STAR = {"": ["connect"]}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Built:
    # All workers of one run have this folder's parent in common.
    base = tmp_path_factory.getbasetemp()
    return build(base.parent if base.name.startswith("popen-") else base)


@pytest.fixture(scope="module")
def pages(site: Built) -> dict[Path, Page]:
    return {path: Page(path) for path in sorted(site.folder.rglob("*.html"))}


# The build


def test_site_builds_without_a_warning(site: Built) -> None:
    assert site.status == 0, site.said
    assert "WARNING" not in site.said


def test_site_has_every_page_of_the_documentation_in_its_navigation(pages: dict[Path, Page], site: Built) -> None:
    start = pages[site.folder / "index.html"]
    named = {link.partition("#")[0] for link in start.links}
    written = {
        path.relative_to(ROOT / "docs").with_suffix(".html").as_posix() for path in (ROOT / "docs").rglob("*.md")
    }
    assert written - named == set()


def test_site_shows_every_example(site: Built) -> None:
    written = {path.stem for path in (ROOT / "examples").glob("[!_]*.py")}
    assert {path.stem for path in (site.folder / "examples").glob("*.html")} == written


def test_site_links_lead_somewhere(pages: dict[Path, Page]) -> None:
    lost: list[str] = []
    for path, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme:
                continue
            aim = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            aim = aim / "index.html" if aim.is_dir() else aim
            found = pages.get(aim)
            # 404.html stands for any address, so its links begin at the root of the site.
            if path.name != "404.html" and (
                not aim.exists() or (parts.fragment and found and unquote(parts.fragment) not in found.ids)
            ):
                lost.append(f"{path.name}: {link}")
    assert lost == []


def test_site_links_elsewhere_by_https_alone(pages: dict[Path, Page]) -> None:
    assert {urlsplit(link).scheme for page in pages.values() for link in page.links} <= {"", "https"}


def test_site_loads_nothing_from_elsewhere(pages: dict[Path, Page], site: Built) -> None:
    assert [loaded for page in pages.values() for loaded in page.loaded if urlsplit(loaded).netloc] == []
    for style in site.folder.rglob("*.css"):
        assert re.findall(r"(?:url\(|@import)\s*[\"']?(https?:)?//", style.read_text()) == [], style.name


def test_site_is_searched_without_a_server(site: Built, pages: dict[Path, Page]) -> None:
    # A page that was opened as a file can fetch nothing: the index is a script, and a frame stands for the worker.
    index = (site.folder / "search" / "search_index.js").read_text()
    entries = json.loads(index.removeprefix("var __index = "))["docs"]
    assert any(each["location"].endswith("strategies.html#typedserver.Bounded") for each in entries)
    counts = {each["location"].partition("#")[0]: each.get("boost", 1) for each in entries}
    assert counts["reference/servers.html"] < counts["stopping-and-restarting.html"]
    assert "assets/iframe-worker.js" in pages[site.folder / "index.html"].loaded


# For readers who cannot see it, or not well


def test_site_pictures_have_a_text(pages: dict[Path, Page]) -> None:
    assert [
        (page.path.name, picture) for page in pages.values() for picture in page.pictures if not picture.get("alt")
    ] == []


def test_site_pages_have_one_title_and_leave_no_heading_out(pages: dict[Path, Page]) -> None:
    for path, page in pages.items():
        assert page.headings.count(1) == 1, path.name
        deeper = zip(page.headings, page.headings[1:], strict=False)
        assert [(path.name, pair) for pair in deeper if pair[1] > pair[0] + 1] == []


PICTURES = sorted((ROOT / "docs" / "pictures").glob("*.txt"))


def test_pictures_are_drawn_from_their_texts() -> None:
    # Drawn anew by: python website/pictures.py
    assert pictures.stale() == []
    assert {path.stem for path in (ROOT / "docs" / "pictures").glob("*.svg")} == {path.stem for path in PICTURES}


@pytest.mark.parametrize("path", PICTURES, ids=lambda path: path.stem)
def test_picture_is_told_to_who_cannot_see_it(path: Path) -> None:
    told = pictures.parsed(path.read_text()).alt
    shown = re.compile(rf"!\[([^\]]*)\]\([./]*pictures/{path.stem}\.svg\)")
    texts = [text for page in (ROOT / "docs").rglob("*.md") for text in shown.findall(page.read_text())]
    assert texts
    assert set(texts) == {told}


@pytest.mark.parametrize("path", PICTURES, ids=lambda path: path.stem)
def test_picture_is_whole(path: Path) -> None:
    # What stands outside of the ground is not seen.
    picture = ET.fromstring(path.with_suffix(".svg").read_text())
    width, height = (float(picture.attrib[name]) for name in ("width", "height"))
    for element in picture.iter():
        assert 0 <= float(element.attrib.get("x", 0)) + float(element.attrib.get("width", 0)) <= width
        assert 0 <= float(element.attrib.get("y", 0)) <= height


# The reference


def _names() -> Iterator[tuple[str, object]]:
    for package in PACKAGES:
        module: ModuleType = importlib.import_module(f"typedserver{package}")
        for name in (*module.__all__, *NOT_BY_STAR.get(package, ())):
            yield f"typedserver{package}.{name}", getattr(module, name)


NAMES = dict(_names())


def _entries(site: Built) -> dict[str, str]:
    """Return what the reference says of each name, as HTML."""
    entries: dict[str, str] = {}
    for path in (site.folder / "reference").glob("*.html"):
        parts = re.split(r'<(?:h[2-6]|a) id="(typedserver\.[\w.]+)"', path.read_text())
        for name, text in zip(parts[1::2], parts[2::2], strict=True):
            entries[name] = entries.get(name, "") + text
    return entries


@pytest.fixture(scope="module")
def entries(site: Built) -> dict[str, str]:
    return _entries(site)


def _documented_as(name: str, entries: dict[str, str]) -> str | None:
    """Return the name that the reference has: a package may pass on a name of the one above, or of a module of it."""
    package, _, own = name.rpartition(".")
    above = f"typedserver.{own}"
    names = [name, f"{name}.{own}", *([above] if package != "typedserver" and NAMES.get(above) is NAMES[name] else [])]
    return next((each for each in names if each in entries), None)


def test_reference_has_every_public_name(entries: dict[str, str]) -> None:
    # Each wants a line `::: typedserver.Name` in a page of docs/reference.
    assert [name for name in NAMES if _documented_as(name, entries) is None] == []


def test_reference_has_every_package_whose_names_are_public() -> None:
    packages = {
        "." + ".".join(path.relative_to(ROOT / "src/typedserver").with_suffix("").parts)
        for path in (ROOT / "src" / "typedserver").rglob("*.py")
        if re.search(r"^__all__", path.read_text(), re.MULTILINE) and not path.name.startswith("__main__")
    }
    public = {each.removesuffix(".__init__") for each in packages if not re.search(r"\._(?!_init)", each)}
    assert public - set(PACKAGES) - {"."} == set()


def test_reference_has_the_parameters_of_every_public_name(entries: dict[str, str]) -> None:
    missing: list[str] = []
    for name, thing in NAMES.items():
        entry = _documented_as(name, entries)
        if entry is None or not _takes_its_own(thing):
            continue
        text = html.unescape(re.sub(r"<[^>]+>", "", entries[entry]))
        missing += [
            f"{name}({parameter})" for parameter in _parameters(thing) if not re.search(rf"\b{parameter}\b", text)
        ]
    assert missing == []


def test_reference_has_the_members_of_every_public_class(entries: dict[str, str]) -> None:
    public = {id(thing) for thing in NAMES.values() if inspect.isclass(thing)}
    missing: list[str] = []
    for name, kind in NAMES.items():
        entry = _documented_as(name, entries)
        if entry is None or not inspect.isclass(kind):
            continue
        for member in dir(kind):
            owner = next((base for base in kind.__mro__ if member in vars(base)), object)
            # What it has from another public class stands there; dataclass fields are parameters.
            is_ours = owner.__module__.startswith("typedserver") and (owner is kind or id(owner) not in public)
            is_told = is_ours and isinstance(vars(owner)[member], FunctionType | property | classmethod)
            if is_told and not member.startswith("_") and f"{entry}.{member}" not in entries:
                missing.append(f"{name}.{member}")
    assert missing == []


def _takes_its_own(thing: object) -> bool:
    """Whether a name has parameters of its own; an enum has none, and a class may inherit another one's."""
    if inspect.isclass(thing):
        return "__init__" in vars(thing) and not issubclass(thing, Enum) and thing.__module__.startswith("typedserver")
    return inspect.isfunction(thing)


def _parameters(thing: Any) -> list[str]:
    try:
        found = inspect.signature(thing).parameters
    except ValueError:
        return []
    return [name for name in found if not name.startswith("_") and name not in ("args", "kwargs")]


def test_reference_links_the_errors_that_a_name_raises(entries: dict[str, str]) -> None:
    unlinked: list[str] = []
    for name, thing in NAMES.items():
        entry = _documented_as(name, entries)
        for error in set(re.findall(r"raises? ([A-Z]\w+)", inspect.getdoc(thing) or "", re.IGNORECASE)):
            is_ours = inspect.isclass(NAMES.get(f"typedserver.{error}"))
            if is_ours and entry is not None and f'#typedserver.{error}"' not in entries[entry]:
                unlinked.append(f"{name}: {error}")
    assert unlinked == []


# What builds it


def test_site_is_built_by_the_extra_alone() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    wanted = {re.split(r"[\[>=]", each)[0] for each in extras["docs"]}
    assert wanted == {"mkdocs-material", "mkdocstrings", "ruff"}


def test_site_names_only_pages_that_there_are() -> None:
    config = yaml.safe_load((ROOT / "mkdocs.yml").read_text())
    assert config["strict"] is True
    assert config["theme"]["font"] is False
