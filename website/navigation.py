"""Where each page stands in the navigation, by mkdocs.yml or by its folder, and which are found first in a search.

A hook of mkdocs, behind the one that adds pages of the tree. A page that is new is found without a change here.
"""

from typing import Final, cast

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

# The section for the pages of a folder.
_SECTIONS: Final = {
    "examples": "Examples",
    "how-to": "How-to",
    "project": "Project",
    "reference": "Reference",
    "tutorial": "Tutorial",
}

# Pages that have every word, and often; and how much they count in a search, where another page counts 1.
_WORDY: Final = ("reference/", "project/", "architecture.md")
_COUNTS: Final = 0.2

# For what stands in docs/ itself.
_OTHERWISE: Final = "Guides"


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that the navigation does not name to the sections of their folders."""
    nav = cast("list[dict[str, str | list[str]]]", config["nav"])
    named = set(_pages_of(nav))
    sections = {title: pages for section in nav for title, pages in section.items() if isinstance(pages, list)}
    for file in sorted(files.documentation_pages(), key=lambda file: file.src_uri):
        if file.src_uri not in named:
            sections[section_of(file.src_uri)].append(file.src_uri)
    # A section without a page is not shown.
    config["nav"] = [section for section in nav if all(section.values())]
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:  # noqa: ARG001 - mkdocs calls it so
    """Have a search find what explains a thing before what defines it."""
    if page.file.src_uri.startswith(_WORDY):
        page.meta["search"] = {"boost": _COUNTS}
    return markdown


def section_of(uri: str) -> str:
    """Return the title of the section that a page belongs to."""
    return _SECTIONS.get(uri.partition("/")[0], _OTHERWISE)


def _pages_of(nav: object) -> list[str]:
    """Return all pages that a navigation names, at any depth."""
    if isinstance(nav, str):
        return [nav]
    parts = cast("dict[str, object]", nav).values() if isinstance(nav, dict) else cast("list[object]", nav)
    return [page for part in parts for page in _pages_of(part)]
