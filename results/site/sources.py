"""The pages of the site, copied from the documentation: links out of it become words, and README is the first page."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

from results.site.diagram import flowchart

LINK = re.compile(r"(?<!!)\[([^\]\n]*)\]\(([^)\s]+)\)")
FENCED = re.compile(r"(^```.*?^```$)", re.DOTALL | re.MULTILINE)
COMMENT = re.compile(r"<!--.*?-->\n?", re.DOTALL)
MAP = re.compile(r"^\| ([^|]+) \| (.*) \|$", re.MULTILINE)
"""A row of the README's map of the documentation: what for, and the pages."""

DIAGRAM = "```mermaid\n"

HOME = "index.md"


def copy_documentation(repository: Path, pages: Path) -> None:
    """Writes ``docs/`` and ``README.md`` into the folder of pages, as :func:`for_site` has them."""
    shutil.copytree(repository / "docs", pages, dirs_exist_ok=True)
    for path in sorted(pages.rglob("*.md")):
        path.write_text(for_site(path.read_text(encoding="utf-8"), path.parent, pages), encoding="utf-8")
    readme = (repository / "README.md").read_text(encoding="utf-8")
    (pages / HOME).write_text(for_site(readme.replace("](docs/", "]("), pages, pages), encoding="utf-8")


def for_site(text: str, folder: Path, pages: Path) -> str:
    """A page without comments, whose links to what is not on the site are their words alone, and diagrams pictures."""

    def link(found: re.Match[str]) -> str:
        words, target = found.groups()
        if re.match(r"https?:|mailto:|#", target):
            return found[0]
        path, hash_, anchor = target.partition("#")
        if path.endswith("../README.md"):
            return f"[{words}]({HOME}{hash_}{anchor})"
        inside = (folder / path).resolve()
        return found[0] if inside.is_file() and inside.is_relative_to(pages.resolve()) else words

    parts = FENCED.split(COMMENT.sub("", text))
    return "".join(_fenced(part) if part.startswith("```") else LINK.sub(link, part) for part in parts)


def _fenced(block: str) -> str:
    """A block of code as it is, or the picture that it describes."""
    return flowchart(block[len(DIAGRAM) : -3]) if block.startswith(DIAGRAM) else block


def navigation(readme: str, further: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The README's map as sections: each page in the first that names it, and then what the site adds."""
    _, _, rows = readme.partition("## Documentation")
    seen, sections = set[str](), list[dict[str, Any]]()
    for purpose, cells in MAP.findall(rows):
        named = [(words, target) for words, target in LINK.findall(cells) if target.startswith("docs/")]
        found = [(words, target.removeprefix("docs/")) for words, target in named if target not in seen]
        seen |= {target for _, target in named}
        if found:
            title = f"{purpose[:1].upper()}{purpose[1:]}"
            sections.append({title: [{f"{words[:1].upper()}{words[1:]}": target} for words, target in found]})
    return [{"Home": HOME}, *further, *sections]
