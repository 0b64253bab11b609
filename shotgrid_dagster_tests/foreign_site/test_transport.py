"""Answers that do not arrive as they should: tried again, or one type red, and the rest lands."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from shotgrid_dagster.site.errors import SiteError
from shotgrid_dagster_tests.foreign_site.site import ForeignSite, ForeignType, foreign_site
from shotgrid_dagster_tests.foreign_site.transport import FAULTS, HARMLESS

SEARCH = "/entity/Shot/_search"

FOR_GOOD = {
    *("a redirect to itself", "a redirect for ever", "304", "418", "a byte order mark"),
    "503, wait as long as nobody can",
}
"""Faults that another try cannot change: they are errors at once."""

CALLS = {
    "token": "/auth/access_token",
    "schema": "/schema",
    "fields": "/schema/Shot/fields",
    "page": SEARCH,
    "count": "/entity/Shot/_summarize",
}


def shots(count: int = 30) -> ForeignType:
    rows = {id_: {"code": b'"shot %d"' % id_} for id_ in range(1, count + 1)}
    return ForeignType({"code": "text"}, rows)


@pytest.fixture
def site() -> Iterator[ForeignSite]:
    with foreign_site() as running:
        running.types["Shot"] = shots()
        yield running


def ask_all(site: ForeignSite) -> list[int]:
    """One call of each kind; gives the ids of the rows."""
    client = site.client()
    assert [known.name for known in client.entity_types()] == ["Shot"]
    assert [known.name for known in client.fields("Shot")] == ["code"]
    rows = [row["id"] for row in client.rows("Shot", ["code"])]
    assert client.count("Shot") == len(rows)
    return rows


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_that_comes_once_is_tried_again_or_said_at_once_and_never_half_an_answer(
    site: ForeignSite, fault: str, call: str
) -> None:
    site.faults = {CALLS[call]: fault}
    site.once = True
    if fault in FOR_GOOD:
        with pytest.raises(SiteError):
            ask_all(site)
        assert site.requests[CALLS[call]] == 1
    else:
        assert ask_all(site) == list(range(1, 31))


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("odd", HARMLESS)
def test_an_odd_way_to_send_a_whole_answer_does_not_matter(
    site: ForeignSite, odd: str, call: str
) -> None:
    site.faults = {CALLS[call]: odd}
    assert ask_all(site) == list(range(1, 31))
    assert set(site.requests.values()) == {1, 2} or set(site.requests.values()) == {1}


def test_types_whose_answers_never_arrive_are_red_the_others_land_and_the_next_run_loads_all(
    tmp_path: Path,
) -> None:
    with foreign_site() as site:
        site.types["Shot"] = shots()
        for number, fault in enumerate(FAULTS):
            site.types[f"Hit{number:02}"] = shots()
            site.faults[f"/entity/Hit{number:02}/_search"] = fault
        first = site.load(tmp_path)
        assert set(first.loaded) == {"Shot"}
        assert set(first.failed) == set(site.types) - {"Shot"}
        for sentence in first.failed.values():
            assert "\n" not in sentence, sentence
            assert len(sentence) > 40, sentence
        site.faults.clear()
        second = site.load(tmp_path)
        assert second.failed == {}
        assert {loaded.rows_total for loaded in second.loaded.values()} == {30}
        with duckdb.connect(str(tmp_path / "shotgun_software.duckdb")) as connection:
            (held,) = connection.execute(
                "select count(*) from shotgun_software_data.hit00s"
            ).fetchone() or (0,)
        assert held == 30
