"""The setting `data_dir`."""

from __future__ import annotations

import os
from pathlib import Path


def why_not_usable(folder: Path) -> str | None:
    """Why a folder cannot be made or written to; None if it can, as far as is seen without it."""
    for existing in (folder, *folder.parents):
        try:
            if not existing.exists():
                continue
        except OSError as error:
            return f"{existing} cannot be looked at ({error.strerror})"
        if not existing.is_dir():
            why = f"{existing} is a file" if existing != folder else "it is a file"
            return f"a folder cannot be there, because {why}"
        if not os.access(existing, os.W_OK | os.X_OK):
            return f"it cannot be written, because {existing} may not be written by this user"
        return None
    return None
