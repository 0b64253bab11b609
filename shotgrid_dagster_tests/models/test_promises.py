"""Every promise in the header of every model holds on a studio with everything in it."""

from shotgrid_dagster_tests.models.conftest import House, models_in_order


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
