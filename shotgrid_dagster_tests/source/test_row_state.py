"""The states of a row are written once; what cannot ask there says the same."""

import pickle
import re
from pathlib import Path

import pyarrow as pa
import pytest

from shotgrid_dagster.defs.checks import CHECKS
from shotgrid_dagster.site import EntityType
from shotgrid_dagster.source.audit import Audit
from shotgrid_dagster.source.tables.columns import STATE, layout
from shotgrid_dagster.source.tables.row_state import ASIDE, SHOWN, RowState, in_words, sql_list
from shotgrid_dagster_tests.project import ROOT

PRODUCT = ROOT / "shotgrid_dagster"
MODELS = sorted((PRODUCT / "models").glob("*.sql"))


def test_there_are_four_states_and_their_texts_are_those_in_the_tables() -> None:
    assert [str(state) for state in RowState] == ["live", "retired", "left_out", "lost"]
    for state in RowState:
        assert f"{state}" == f"{state:s}" == state.value == state
        assert f"{state:>9}".strip() == state.value
        by_text: dict[str, int] = {state.value: 1}
        assert by_text[state] == 1
        assert pa.scalar(state).as_py() == state.value
        assert pickle.loads(pickle.dumps(state)) is state
        assert state.meaning


def test_what_others_derive_of_a_state() -> None:
    assert SHOWN == (RowState.LIVE, RowState.RETIRED)
    assert set(ASIDE) == {RowState.LEFT_OUT, RowState.LOST}
    assert {state for state in RowState if state.is_deleted} == {RowState.RETIRED, RowState.LOST}
    assert in_words() == "live, retired, left_out or lost"
    assert sql_list(SHOWN) == "('live', 'retired')"


def test_the_readme_and_the_column_say_what_each_state_means() -> None:
    (row,) = re.findall(r"^\| `_sg_state` \|.*$", (ROOT / "README.md").read_text(), re.M)
    (column,) = (
        column for column in layout(EntityType("Shot", "Shot")).columns if column.name == STATE
    )
    for state in RowState:
        assert f"`{state}` ({state.meaning})" in row
        assert f"{state}: {state.meaning}" in column.description


def test_the_check_of_states_knows_all_of_them_and_no_other() -> None:
    (check,) = (check for check in CHECKS if check.name == "states_add_up")
    rows = {state.value: 2 for state in RowState}
    assert check.judge(Audit("whole", rows, None, 0, 0, 0, ())).passed
    verdict = check.judge(Audit("whole", {**rows, "odd": 3, "None": 1}, None, 0, 0, 0, ()))
    assert verdict.numbers == {"rows_that_break_it": 4}
    assert verdict.said == "Found: None, odd."
    assert in_words() in check.promise


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_a_model_asks_for_states_that_there_are_and_never_for_all_but_one(path: Path) -> None:
    sql = path.read_text()
    deleted = {state.value for state in RowState if state.is_deleted}
    compared = r"(?:_sg_state|\bstate)\s*(=|<>|!=|not in|in)\s*('\w+'|\([^)]*\))"
    for relation, states in re.findall(compared, sql):
        named = set(re.findall(r"'(\w+)'", states))
        # A state that is added later would silently be among "all but live".
        assert relation in ("=", "in"), (relation, states)
        assert named <= {state.value for state in RowState}, named
        assert relation == "=" or named == deleted, named


def test_no_other_module_of_the_product_has_the_states_as_texts() -> None:
    own = PRODUCT / "source" / "tables" / "row_state.py"
    others = [
        path
        for path in PRODUCT.rglob("*.py")
        if path != own and not {"sandbox", "site"} & set(path.relative_to(PRODUCT).parts)
    ]
    assert len(others) > 100
    for path in others:
        written = r"""["']lost["']|_sg_state (?:=|<>|in) \(?'\w"""
        assert not re.findall(written, path.read_text()), path
