"""Model files as values: what is refused, what they depend on, what their version follows."""

import re
from pathlib import Path

import duckdb
import pytest
import sqlglot

from shotgrid_dagster.defs.build import MODELS
from shotgrid_dagster.models.model import ModelError, buildable, parse_model, read_models

GOOD = """-- One row per shot.
-- column shot_id: the shot
-- test: unique(shot_id)
select s.id as shot_id from shots as s
"""


def test_the_shipped_models_are_read_with_grain_columns_and_tests() -> None:
    models = {model.name: model for model in read_models(MODELS)}
    progress = models["shot_progress"]
    assert progress.grain == "One row per live shot."
    assert progress.reads == ("shots", "status_meanings", "tasks")
    assert all("from shotgrid/" in text or "/" in text for text in progress.columns.values())
    assert len(progress.tests) >= 3


def test_a_cte_that_hides_a_tables_name_is_no_dependency_but_the_table_behind_it_is() -> None:
    model = parse_model(
        "m",
        GOOD.replace(
            "select s.id as shot_id from shots as s",
            "with shots as (select * from tasks) select shots.id as shot_id from shots",
        ),
    )
    assert model.reads == ("tasks",)


def test_every_table_is_put_into_its_schema_and_ctes_are_left_alone() -> None:
    model = parse_model(
        "m",
        GOOD.replace("select s.id", "with x as (select * from tasks) select s.id").replace(
            "shots as s", "shots as s join x on true"
        ),
    )
    sql = model.sql({"shots": "loaded", "tasks": "loaded"})
    assert '"loaded".shots' in sql
    assert '"loaded".tasks' in sql
    assert '"loaded".x' not in sql
    shown = model.shown({"shots": "loaded", "tasks": "loaded"})
    assert shown.startswith("with x as (select * from loaded.tasks) select s.id")
    assert "loaded.shots as s join x on true" in shown
    assert "--" not in shown
    assert sqlglot.parse_one(shown, read="duckdb") == sqlglot.parse_one(
        sql.replace('"loaded"', "loaded"), read="duckdb"
    )


def test_comments_and_layout_do_not_make_a_model_stale_but_its_query_does() -> None:
    model = parse_model("m", GOOD)
    spaced = parse_model("m", GOOD.replace("select s.id", "select\n    /* why */ s.id"))
    changed = parse_model("m", GOOD + " where s.id > 1")
    assert model.code_version == spaced.code_version != changed.code_version


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GOOD.replace("select", "selct"), "is not SQL|must be one select"),
        (GOOD + "; select 1", "one select"),
        ("delete from shots", "one select"),
        (GOOD.replace("-- One row per shot.\n", ""), "what a row is"),
        (GOOD.replace("-- test: unique(shot_id)\n", ""), "no `-- test:` line"),
        (GOOD.replace("column shot_id", "column other"), "describes other"),
        (GOOD.replace("select", "-- test: unique( shot_id )\nselect"), "same promise twice"),
        (GOOD.replace("-- column shot_id: the shot\n", ""), "does not describe its column shot_id"),
    ],
)
def test_a_file_that_is_no_model_is_refused_by_name(text: str, said: str) -> None:
    with pytest.raises(ModelError, match=said) as refused:
        parse_model("my_model", text)
    assert "models/my_model.sql" in str(refused.value)


def test_an_unknown_table_is_an_error_that_names_model_and_table() -> None:
    model = parse_model("m", GOOD.replace("from shots", "from shotz"))
    with pytest.raises(ModelError, match=r"models/m\.sql selects from shotz"):
        buildable([model], known={"shots"}, loaded={"shots"})


def test_a_model_of_a_table_that_is_not_loaded_is_left_out_and_so_is_what_follows() -> None:
    first = parse_model("first", GOOD)
    second = parse_model("second", GOOD.replace("from shots", "from first"))
    assert buildable([first, second], known={"shots"}, loaded=set()) == []
    assert buildable([second, first], known={"shots"}, loaded={"shots"}) == [first, second]


def test_models_that_select_from_each_other_are_an_error() -> None:
    one = parse_model("one", GOOD.replace("from shots", "from two"))
    two = parse_model("two", GOOD.replace("from shots", "from one"))
    with pytest.raises(ModelError, match="selects from itself"):
        buildable([one, two], known=set(), loaded=set())


def test_the_views_of_links_can_be_selected_from() -> None:
    model = parse_model("m", GOOD.replace("from shots", "from shots__assets").replace("s.id", "1"))
    assert buildable([model], known={"shots"}, loaded={"shots"}) == [model]


def test_models_are_read_in_the_same_order_each_time(tmp_path: Path) -> None:
    for name in ("b", "a", "c"):
        (tmp_path / f"{name}.sql").write_text(GOOD)
    assert [model.name for model in read_models(tmp_path)] == ["a", "b", "c"]


def test_a_function_that_does_not_mean_the_same_everywhere_is_refused() -> None:
    for call in ("regexp_matches(s.code, 'x')", "strftime(s.created_at, '%Y')", "list(s.id)"):
        with pytest.raises(ModelError, match="not among the functions that mean the same"):
            parse_model("m", GOOD.replace("s.id", call))
    with pytest.raises(ModelError, match="is distinct from"):
        parse_model("m", GOOD + " where s.id is distinct from s.code")


def test_promises_may_look_into_other_tables_which_are_then_read_too() -> None:
    text = GOOD.replace(
        "-- test: unique(shot_id)\n",
        "-- test: refers(shot_id, shots.id)\n"
        "-- test no orphan: never(select 1 from self left join tasks on true where tasks.id = 0)\n",
    )
    model = parse_model("m", text)
    assert model.reads == ("shots", "tasks")
    assert [test.promise for test in model.tests] == ["refers(shot_id, shots.id)", "no orphan"]
    assert [test.name for test in model.tests] == ["refers_shot_id_shots_id", "no_orphan"]


@pytest.mark.parametrize(
    ("promise", "rows", "broken"),
    [
        ("unique(a)", "(1, 1), (2, 1), (2, 2)", 1),
        ("unique(a, b)", "(1, 1), (2, 1), (2, 2)", 0),
        ("unique(b)", "(1, null), (2, null)", 1),
        ("not_null(a, b)", "(1, null), (null, 1), (1, 1)", 2),
        ("a between 0 and 1", "(0, 0), (2, 0), (1, 0)", 1),
        ("refers(a, other.id)", "(7, 0), (8, 0), (null, 0)", 1),
        ("never(select 1 from self where self.a > self.b)", "(2, 1), (1, 2), (3, 0)", 2),
        ("never(select a from self inner join other on self.a = other.id)", "(7, 0), (1, 0)", 1),
    ],
)
def test_a_promise_counts_the_rows_that_break_it(promise: str, rows: str, broken: int) -> None:
    text = GOOD.replace("-- test: unique(shot_id)", f"-- test: {promise}")
    (test,) = parse_model("m", text).tests
    with duckdb.connect() as connection:
        connection.execute("create schema models; create schema loaded")
        connection.execute("create table loaded.other as select 7 as id")
        connection.execute(
            f"create table models.m__new as select * from (values {rows}) as t(a, b)"
        )
        sql = test.sql("m__new", {"other": "loaded"})
        assert connection.execute(sql).fetchall() == [(broken,)]


def test_a_model_of_links_that_the_site_does_not_have_is_left_out() -> None:
    model = parse_model("m", GOOD.replace("from shots as s", "from shots__assets as s"))
    known = {"shots"}
    assert buildable([model], known, known, views={"shots__notes"}) == []
    assert buildable([model], known, known, views={"shots__assets"}) == [model]
    assert buildable([model], known, known, views=None) == [model]


def test_the_models_page_names_every_model_and_nothing_else() -> None:
    page = (MODELS / "README.md").read_text(encoding="utf-8")
    table = page[: page.index("## What is done?")]
    named = set(re.findall(r"`(\w+)`", table)) - {"models", "model.py"}
    assert named == {model.name for model in read_models(MODELS)}
