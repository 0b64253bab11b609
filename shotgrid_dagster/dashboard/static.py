"""The dashboard of a project as a page that needs no program behind it: marimo exports it.

Such a page loads marimo's frontend from an address on the internet. Here it is put beside the
pages instead, so that any web server of the studio can serve the folder.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from shotgrid_dagster.dashboard.folder import PageFolder, page_name
from shotgrid_dagster.dashboard.questions import Models
from shotgrid_dagster.errors import ShotGridDagsterError

GENERATOR = "shotgrid_dagster dashboard"
APP = Path(__file__).parent / "app.py"
AT_ONCE = 2
"""Exports under way: each is a process of some 200 MB that computes for three or four seconds."""
SECONDS = 300
"""For one export, on a busy machine too."""

_ELSEWHERE = re.compile(r"https://[\w./-]+/@marimo-team/frontend@[^/\"]+/dist")
_FRONTEND = "_marimo-"
_BY_DOUBLE_CLICK = """<script>if (location.protocol === "file:") addEventListener("load", () => {
document.body.textContent = "A browser loads this page from a web server only. In its folder: \
python3 -m http.server, then open http://127.0.0.1:8000/" + location.pathname.split("/").pop();
});</script>"""


class NotExported(ShotGridDagsterError):
    """A page could not be made; the message says why."""


@dataclass(frozen=True)
class Exported:
    """What an export did, in names of pages."""

    made: list[str]
    unchanged: list[str]
    removed: list[str]


def export_all(models: Models, folder: Path) -> Exported:
    """A page for each running project, anew where what it shows has changed.

    Raises:
        NothingToShow: the models are not built.
        NotExported: marimo failed; the pages that are there stay.
    """
    pages = PageFolder(folder, f'content="{GENERATOR}"')
    wanted: dict[str, tuple[int, str]] = {}
    with models.held() as held:
        for name, project in held.projects().items():
            wanted[page_name(project, name)] = (project, fingerprint(held, project, name))
    changed = [page for page, (_, print_) in wanted.items() if print_ not in _head(folder / page)]
    frontend = _put_frontend(folder) if wanted else ""

    def make(page: str) -> None:
        project, print_ = wanted[page]
        pages.write(page, _standing_alone(_exported(models.database, project), frontend, print_))

    with ThreadPoolExecutor(AT_ONCE) as threads:
        list(threads.map(make, changed))
    removed = pages.remove_all_but(wanted)
    for old in folder.glob(f"{_FRONTEND}*"):
        if old.name != frontend:
            shutil.rmtree(old)
    return Exported(changed, [page for page in wanted if page not in changed], removed)


def fingerprint(models: Models, project: int, name: str) -> str:
    """Of all that a page shows, and of what makes it: while it is the same, so is the page."""
    digest = hashlib.sha256(f"{name} {version('marimo')} {version('altair')}".encode())
    for file in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(file.read_bytes())
    answers = (
        models.ask("select as_of_on from as_of"),
        models.statuses_by_step(project),
        models.burn_down(project),
        models.turnaround(project),
        models.workload(project),
        models.bid_against_logged(project),
        models.slipped(project),
    )
    digest.update(repr(models.headlines(project)).encode())
    for table in answers:
        digest.update(repr(table.to_pydict()).encode())
    return digest.hexdigest()


def _head(page: Path) -> str:
    """The first part of a page, in which its fingerprint is; nothing when there is no page."""
    if not page.exists():
        return ""
    with page.open(encoding="utf-8", errors="replace") as file:
        return file.read(4096)


def _exported(database: Path, project: int) -> str:
    """The page as marimo makes it."""
    with tempfile.TemporaryDirectory(prefix="dashboard-") as folder:
        page = Path(folder) / "page.html"
        # marimo keeps what it knows of a notebook beside it, and this one may not be writable.
        app = shutil.copy(APP, folder)
        command = [sys.executable, "-m", "marimo", "--quiet", "export", "html", "--no-include-code"]
        arguments = ["--database", str(database.absolute()), "--project", str(project)]
        try:
            done = subprocess.run(
                [*command, str(app), "--output", str(page), "--", *arguments, "--static", "yes"],
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                timeout=SECONDS,
            )
        except subprocess.TimeoutExpired:
            raise NotExported(
                f"The dashboard of project {project} was not made within {SECONDS} s."
            ) from None
        if done.returncode or not page.exists():
            said = " ".join(done.stdout.split())[-300:] or f"exit code {done.returncode}"
            raise NotExported(f"The dashboard of project {project} was not made: {said}")
        return page.read_text(encoding="utf-8")


def _standing_alone(page: str, frontend: str, fingerprint: str) -> str:
    """The page with its frontend beside it.

    Raises:
        NotExported: it is not built as it was; marimo's version is another one.
    """
    here, places = _ELSEWHERE.subn(frontend, page)
    head = re.search(r"<head[^>]*>", here)
    if not places or head is None:
        raise NotExported(
            f"marimo {version('marimo')} writes its pages in another way than this one knows: "
            "install the version in constraints.txt."
        )
    marks = (
        f'<meta name="generator" content="{GENERATOR}"><meta name="fingerprint" '
        f'content="{fingerprint}">{_BY_DOUBLE_CLICK}'
    )
    return here[: head.end()] + marks + here[head.end() :]


def _put_frontend(folder: Path) -> str:
    """Copy marimo's frontend there, once a version; gives the folder's name."""
    name = f"{_FRONTEND}{version('marimo')}"
    if (folder / name).exists():
        return name
    spec = find_spec("marimo")
    places = list(spec.submodule_search_locations or ()) if spec else []
    if not places or not (Path(places[0]) / "_static" / "assets").is_dir():
        raise NotExported("marimo's frontend is not where it is looked for: install marimo anew.")
    folder.mkdir(parents=True, exist_ok=True)
    beside = folder / f".{name}.{os.getpid()}"
    shutil.copytree(Path(places[0]) / "_static", beside)
    os.replace(beside, folder / name)
    return name
