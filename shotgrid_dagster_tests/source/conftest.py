"""A site whose schema a test changes, in files that ask for one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from shotgrid_dagster_tests.source.changing_site import ChangingSite, changing

SMALL_PAGES = {"page_size": 5}
"""So that types are bigger than a page, and read by window."""


@pytest.fixture
def site(tiny_database: Path, tmp_path: Path) -> Iterator[ChangingSite]:
    with changing(tiny_database, tmp_path) as one:
        yield one


@pytest.fixture(params=["whole", "window"])
def either(request: pytest.FixtureRequest, site: ChangingSite) -> ChangingSite:
    """A type that fits in a page and is read whole, and one that does not."""
    if request.param == "window":
        site.given |= SMALL_PAGES
    return site
