"""A folder with one page a project, named after it, in which old pages do not stay behind."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

_OURS = re.compile(r"\d+_[a-z0-9_]+\.html")
LONGEST_NAME = 60


def page_name(project: int, name: str) -> str:
    """`70_blue_harvest.html`: plain enough for any file system and any mail."""
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    plain = re.sub(r"[^a-z0-9]+", "_", letters)[:LONGEST_NAME].strip("_")
    return f"{project}_{plain or 'project'}.html"


@dataclass(frozen=True)
class PageFolder:
    """Pages of one kind. A file is one of them by its name, and by a mark that is in the page."""

    path: Path
    mark: str

    def write(self, name: str, page: str) -> Path:
        """Put a page there, beside the old one first; who reads that one reads it to its end.

        A page that has not changed is left alone.

        Raises:
            ValueError: it has not the mark.
            OSError: it cannot be written.
        """
        if self.mark not in page:
            raise ValueError(f"A page for {self.path.name} without the mark {self.mark!r}.")
        self.path.mkdir(parents=True, exist_ok=True)
        file, content = self.path / name, page.encode()
        if file.exists() and file.read_bytes() == content:
            return file
        beside = self.path / f".{name}.{os.getpid()}"
        try:
            beside.write_bytes(content)
            os.replace(beside, file)
        finally:
            beside.unlink(missing_ok=True)
        return file

    def remove_all_but(self, names: Collection[str]) -> list[str]:
        """Remove the pages that are not named; gives the names of those that went."""
        gone = []
        for file in sorted(self.path.glob("*.html")):
            if file.name not in names and _OURS.fullmatch(file.name) and self._is_marked(file):
                file.unlink()
                gone.append(file.name)
        return gone

    def _is_marked(self, file: Path) -> bool:
        return self.mark.encode() in file.read_bytes()
