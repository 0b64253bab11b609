"""Processes in which pandas is not to be found: it is an extra, and is installed here."""

from __future__ import annotations

from pathlib import Path

HIDING = """
import sys


class Hidden:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name.partition(".")[0] == "pandas":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


sys.meta_path.insert(0, Hidden)
"""


def without_pandas(folder: Path) -> dict[str, str]:
    """The environment of such a process; the folder is there for it alone. Python imports
    `sitecustomize` of the folders of its path before anything else."""
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(HIDING)
    return {"PYTHONPATH": str(folder)}
