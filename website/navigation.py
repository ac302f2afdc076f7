"""Where each page stands in the navigation: mkdocs.yml lists those whose order matters, its folder places any other.

A hook of mkdocs, behind the one that adds pages of the tree. A page that is new is found without a change here.
"""

from typing import Final, cast

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files

# The section for the pages of a folder.
_SECTIONS: Final = {
    "examples": "Examples",
    "how-to": "How-to",
    "project": "Project",
    "reference": "Reference",
    "tutorial": "Tutorial",
}

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


def section_of(uri: str) -> str:
    """Return the title of the section that a page belongs to."""
    return _SECTIONS.get(uri.partition("/")[0], _OTHERWISE)


def _pages_of(nav: object) -> list[str]:
    """Return all pages that a navigation names, at any depth."""
    if isinstance(nav, str):
        return [nav]
    parts = cast("dict[str, object]", nav).values() if isinstance(nav, dict) else cast("list[object]", nav)
    return [page for part in parts for page in _pages_of(part)]
