"""What `import shotgrid_dagster` offers, and what it costs."""

import subprocess
import sys

import pytest

import shotgrid_dagster
from shotgrid_dagster.component import ShotGridComponent
from shotgrid_dagster.defs.build import build_definitions
from shotgrid_dagster.site import Site


def modules_after(statement: str) -> set[str]:
    """The modules that a fresh interpreter has loaded after a statement."""
    code = f"import sys; {statement}; print(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_the_package_offers_its_three_entrances() -> None:
    assert shotgrid_dagster.Site is Site
    assert shotgrid_dagster.ShotGridComponent is ShotGridComponent
    assert shotgrid_dagster.build_definitions is build_definitions
    assert set(shotgrid_dagster.__all__) <= set(dir(shotgrid_dagster))
    with pytest.raises(AttributeError, match="no attribute 'Sight'"):
        getattr(shotgrid_dagster, "Sight")  # noqa: B009


def test_an_import_of_the_package_imports_nothing_else() -> None:
    loaded = modules_after("import shotgrid_dagster")
    assert not {name.split(".")[0] for name in loaded} & {"dagster", "dlt", "duckdb", "pyarrow"}
    assert {name for name in loaded if name.startswith("shotgrid_dagster")} == {"shotgrid_dagster"}


def test_who_only_reads_a_site_needs_neither_dagster_nor_dlt() -> None:
    loaded = modules_after("from shotgrid_dagster import Site")
    assert not {name.split(".")[0] for name in loaded} & {"dagster", "dlt", "duckdb", "pyarrow"}
