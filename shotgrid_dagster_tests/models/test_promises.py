"""Every promise in the header of every model holds on a studio with everything in it, and with
all the oddities that people enter (`oddities.py`)."""

from shotgrid_dagster.dashboard import week
from shotgrid_dagster.dashboard.questions import Models
from shotgrid_dagster_tests.models.conftest import House, models_in_order
from shotgrid_dagster_tests.models.truth import Truth


def test_every_promise_holds(house: House) -> None:
    broken = {
        f"{model}: {promise}": rows
        for model, promises in house.promises.items()
        for promise, rows in promises.items()
        if rows
    }
    assert broken == {}
    assert set(house.promises) == {model.name for model in models_in_order()}


def test_no_model_is_empty_here(house: House) -> None:
    empty = [
        model.name
        for model in models_in_order()
        if not house.rows(f"select 1 from models.{model.name} limit 1")
    ]
    assert empty == []


def test_people_of_one_name_are_two_in_every_picture_and_list(house: House, models: Models) -> None:
    first, second = (house.story[f"{which} namesake"] for which in ("first", "second"))
    labels = {f"Kim Lee ({first})", f"Kim Lee ({second})"}
    load = models.workload(house.story["show"]).to_pylist()
    assert {row["person"] for row in load if row["person"].startswith("Kim Lee")} == labels
    # a week of each, by its own bid
    assert {row["assigned_hours"] for row in load if row["person"] in labels} >= {80.0}
    assert len(load) == len({(row["person"], row["week"]) for row in load})
    late = week.late(models, house.story["show"], 1_000).to_pylist()
    (both,) = (row["who"] for row in late if row["task"] == "task of both namesakes")
    assert set(both.split(", ")) == labels
    (like_a_label,) = house.rows(
        f"select person_label from dim_people where person_id = {house.story['named like a label']}"
    )
    assert like_a_label["person_label"] not in labels


def test_a_project_without_a_name_is_called_by_its_id(house: House, models: Models) -> None:
    nameless = [
        house.story[name] for name in ("project without a name", "project with an empty name")
    ]
    by_id = {id_: label for label, id_ in models.projects().items()}
    assert [by_id[id_] for id_ in nameless] == [f"no name ({id_})" for id_ in nameless]


def test_a_wrong_clock_does_not_move_what_counts_as_now(house: House, truth: Truth) -> None:
    (row,) = house.rows("select as_of_at, as_of_on from as_of")
    assert row == {"as_of_at": truth.as_of, "as_of_on": truth.today}
    assert truth.as_of.year == 2026
    assert house.rows("select 1 from event_log_entries where year(created_at) in (1970, 2031)")
