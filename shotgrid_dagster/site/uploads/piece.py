"""A part of a file as the body of a request."""

from __future__ import annotations

from pathlib import Path

from shotgrid_dagster.site.errors import UploadRefused


class Piece:
    """Some bytes of a file, read a block at a time and never whole.

    Args:
        path: the file.
        start: the first byte.
        size: how many bytes.
    """

    def __init__(self, path: Path, start: int, size: int) -> None:
        self._file = path.open("rb")
        self._file.seek(start)
        self._size = size
        self._left = size
        self.name = path.name

    def __len__(self) -> int:
        return self._size

    def read(self, size: int = -1) -> bytes:
        """The next bytes of the piece.

        Raises:
            UploadRefused: the file has become shorter.
        """
        wanted = self._left if size < 0 else min(size, self._left)
        block = self._file.read(wanted)
        if len(block) < wanted:
            raise UploadRefused(
                f"{self.name} became shorter while it was uploaded: upload it when it is finished."
            )
        self._left -= len(block)
        return block

    def close(self) -> None:
        """Close the file."""
        self._file.close()
