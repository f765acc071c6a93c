"""The pages of the site, copied from the documentation, with README.md as the first page."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

LINK = re.compile(r"(?<!!)\[([^\]\n]*)\]\(([^)\s]+)\)")
FENCED = re.compile(r"(^```.*?^```$)", re.DOTALL | re.MULTILINE)
COMMENT = re.compile(r"<!--.*?-->\n?", re.DOTALL)
MAP = re.compile(r"^\| ([^|]+) \| (.*) \|$", re.MULTILINE)
"""A row of the README's table of the documentation: a purpose, and links to pages."""

HOME = "index.md"


def copy_documentation(repository: Path, pages: Path) -> None:
    """Copies ``docs/`` and ``README.md`` to the folder of pages, converted by :func:`for_site`."""
    shutil.copytree(repository / "docs", pages, dirs_exist_ok=True)
    for path in sorted(pages.rglob("*.md")):
        path.write_text(for_site(path.read_text(encoding="utf-8"), path.parent, pages), encoding="utf-8")
    readme = (repository / "README.md").read_text(encoding="utf-8")
    (pages / HOME).write_text(for_site(readme.replace("](docs/", "]("), pages, pages), encoding="utf-8")


def for_site(text: str, folder: Path, pages: Path) -> str:
    """A page without comments, with the text alone of links that lead out of the site."""

    def link(found: re.Match[str]) -> str:
        text, target = found.groups()
        if re.match(r"https?:|mailto:|#", target):
            return found[0]
        path, hash_, anchor = target.partition("#")
        if path.endswith("../README.md"):
            return f"[{text}]({HOME}{hash_}{anchor})"
        inside = (folder / path).resolve()
        return found[0] if inside.is_file() and inside.is_relative_to(pages.resolve()) else text

    parts = FENCED.split(COMMENT.sub("", text))
    return "".join(part if part.startswith("```") else LINK.sub(link, part) for part in parts)


def navigation(readme: str, further: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The navigation: the pages that the site adds, then the rows of the README's table as sections.

    A page that several rows link to is in the first of them.
    """
    _, _, rows = readme.partition("## Documentation")
    seen, sections = set[str](), list[dict[str, Any]]()
    for purpose, cells in MAP.findall(rows):
        links = [(text, target) for text, target in LINK.findall(cells) if target.startswith("docs/")]
        pages = [{_capitalised(text): target.removeprefix("docs/")} for text, target in links if target not in seen]
        seen |= {target for _, target in links}
        if pages:
            sections.append({_capitalised(purpose): pages})
    return [{"Home": HOME}, *further, *sections]


def _capitalised(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"
