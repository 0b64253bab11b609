"""What is uploaded where, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from shotgrid_dagster.site.errors import UploadRefused
from shotgrid_dagster.site.search import Condition

MULTIPART_ABOVE = 500 * 2**20
"""Bytes: a bigger file has to come in parts."""
PART_BYTES = 64 * 2**20
LEAST_PART_BYTES = 5 * 2**20
"""Bytes of every part but the last (measured: smaller ones are refused when all is done)."""
MOST_PARTS = 10_000
"""Of one file: the limit of the storage that real sites use."""
WHOLE_UP_TO = 64 * 2**20
"""Bytes: a file up to this size is fetched back whole, a bigger one at both of its ends."""


@dataclass(frozen=True)
class Sizes:
    """Where an upload changes its ways, in bytes."""

    multipart_above: int = MULTIPART_ABOVE
    part: int = PART_BYTES
    whole_up_to: int = WHOLE_UP_TO

    def parts(self, size: int) -> list[tuple[int, int]]:
        """(start, bytes) of each part of a file."""
        part = max(self.part, LEAST_PART_BYTES, -(-size // MOST_PARTS))
        return [(start, min(part, size - start)) for start in range(0, size, part)]


DEFAULT_SIZES = Sizes()


@dataclass(frozen=True)
class Uploaded:
    """A file that is on the site, and how that is known."""

    entity_type: str
    id: int
    field: str | None
    filename: str
    size: int
    """Bytes."""
    parts: int
    proof: str
    """What was compared after fetching it back."""
    attachment_id: int | None = None
    """Of a file that is no picture of its row."""


@dataclass(frozen=True)
class Target:
    """The row, and the field of it that gets the file.

    Without a field it is one more attachment of the row.
    """

    entity_type: str
    id: int
    field: str | None = None

    def __str__(self) -> str:
        return f"{self.entity_type} {self.id}" + (f" ({self.field})" if self.field else "")

    @property
    def path(self) -> str:
        """Where an upload is asked for: a path below the API's root."""
        row = f"/entity/{self.entity_type}/{self.id}"
        return f"{row}/{self.field}/_upload" if self.field else f"{row}/_upload"


def check_file(path: Path) -> int:
    """The size of a file that can be uploaded, in bytes.

    Raises:
        UploadRefused: there is none, it is a folder, it cannot be read, or it is empty.
    """
    if path.is_dir():
        raise UploadRefused(f"{path} is a folder: files are uploaded one by one.")
    try:
        with path.open("rb") as file:
            is_empty = not file.read(1)
        size = path.stat().st_size
    except FileNotFoundError:
        raise UploadRefused(f"There is no file {path}: check its name and its folder.") from None
    except OSError as error:
        raise UploadRefused(f"{path} cannot be read: {error.strerror}.") from None
    if is_empty:
        raise UploadRefused(f"{path} is empty: the site would show a file that cannot be opened.")
    return size


def attached_to(entity_type: str, id: int) -> Condition:
    """The condition that an Attachment is one of a row.

    Projects are not among what an Attachment can link to on the sites whose schema is known: one
    that is put on a project is of that project, as those of its shots are.
    """
    row = {"type": entity_type, "id": id}
    links: Condition = ["attachment_links", "is", row]
    if entity_type != "Project":
        return links
    return {"logical_operator": "or", "conditions": [links, ["project", "is", row]]}
