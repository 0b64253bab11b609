"""What the pages of this project name is there: files, folders, commands, columns."""

import re
from pathlib import Path

import pytest

from shotgrid_dagster.destination.dialects import DIALECTS
from shotgrid_dagster.source.loading.states import state_table
from shotgrid_dagster_tests.project import ROOT

PRODUCT, TESTS = ROOT / "shotgrid_dagster", ROOT / "shotgrid_dagster_tests"
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted(PRODUCT.rglob("README.md")),
    TESTS / "README.md",
    ROOT / "deploy" / "README.md",
]
ARCHITECTURE = ROOT / "docs" / "architecture.md"

MADE_BY_USERS = re.compile(r"(\.dlt/)?secrets\.toml|deploy/\.env|data/.*|defs\.yaml")
"""What a page tells people to make, or a run makes."""

TOP = "shotgrid_dagster|shotgrid_dagster_tests|benchmarks|deploy|docs|notebooks|\\.dlt|\\.ci"
FROM_THE_TOP = re.compile(rf"(?<![\w./])(?:{TOP})/[\w./-]*\w/?")
SHORT = re.compile(r"`([\w./-]+(?:\.(?:py|sql|toml|yaml|md|js|ipynb)|/))`")
MODULE = re.compile(r"(?<![\w./])shotgrid_dagster(?:_tests)?(?:\.[A-Za-z_]\w*)+")
LINK = re.compile(r"\]\((?!https?:)([^)\s]+)\)")
DRAWN = re.compile(r"\[+\(?\"([\w./]+(?:/|\.py))[:\"]")


def is_there(name: str, page: Path) -> bool:
    """Whether a page may name a file or folder so: from the top, from itself, from the package,
    or, without a folder, as the only thing of that name."""
    if MADE_BY_USERS.fullmatch(name):
        return True
    if any((base / name).exists() for base in (ROOT, page.parent, PRODUCT)):
        return True
    return "/" not in name.rstrip("/") and any(
        list(base.rglob(name.rstrip("/"))) for base in (PRODUCT, TESTS, ROOT / ".dlt")
    )


def shown(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=shown)
def test_every_file_and_folder_that_a_page_names_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    named = [*FROM_THE_TOP.findall(text), *SHORT.findall(text), *DRAWN.findall(text)]
    assert sorted({name for name in named if not is_there(name, page)}) == []


@pytest.mark.parametrize("page", PAGES, ids=shown)
def test_every_link_of_a_page_leads_to_a_file(page: Path) -> None:
    links = LINK.findall(page.read_text(encoding="utf-8"))
    files = [link.partition("#")[0] for link in links]
    assert [name for name in files if name and not (page.parent / name).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=shown)
def test_every_module_that_a_page_names_is_there(page: Path) -> None:
    """With what is named in it: `shotgrid_dagster.site.Site`."""
    for dotted in MODULE.findall(page.read_text(encoding="utf-8")):
        folder, parts = ROOT, dotted.split(".")
        while parts and (folder / parts[0]).is_dir():
            folder /= parts.pop(0)
        is_module = bool(parts) and (folder / f"{parts[0]}.py").exists()
        module = folder / (f"{parts.pop(0)}.py" if is_module else "__init__.py")
        assert all(name in module.read_text(encoding="utf-8") for name in parts), dotted


@pytest.mark.parametrize("page", PAGES, ids=shown)
def test_every_command_of_make_that_a_page_names_is_a_target(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M)
    named = re.findall(r"(?:`|^)make ([a-z-]+)", text, re.M)
    assert sorted(set(named) - set(targets)) == []


def test_a_page_that_is_found_names_something() -> None:
    assert len(PAGES) >= 9
    assert len(FROM_THE_TOP.findall((ROOT / "README.md").read_text(encoding="utf-8"))) > 20
    assert len(SHORT.findall(ARCHITECTURE.read_text(encoding="utf-8"))) > 30
    assert len(DRAWN.findall(ARCHITECTURE.read_text(encoding="utf-8"))) > 8


def test_what_is_not_there_is_found() -> None:
    page = ROOT / "README.md"
    assert is_there("source/session.py", page)
    assert is_there("truth.py", page)
    for name in ("source/reader.py", "shotgrid_dagster/capabilities.py", "utils.py", "helpers/"):
        assert not is_there(name, page)


def test_the_architecture_lists_the_columns_of_the_load_state_and_the_ways_to_lock() -> None:
    text = ARCHITECTURE.read_text(encoding="utf-8")
    table = text.split("| column | what it is |")[1].split("\n\n")[0]
    firsts = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    assert re.findall(r"`(\w+)`", " ".join(firsts)) == [*state_table.SCHEMA.names, "_dlt_load_id"]
    locks = text.split("| `lock` |")[1].split("\n\n")[0]
    ways = {dialect.lock for dialect in DIALECTS.values()}
    assert set(re.findall(r"^\| `(\w+)`", locks, re.M)) == ways


def test_the_architecture_names_every_room_of_the_import_contract() -> None:
    contracts = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    first = contracts.split("[[tool.importlinter.contracts]]")[1]
    (layers,) = re.findall(r"layers = \[(.*?)\]", first, re.S)
    text = ARCHITECTURE.read_text(encoding="utf-8")
    for room in re.findall(r"\w+", layers):
        assert re.search(rf"^\| .*`{room}(?:/|\.py)`", text, re.M), room
