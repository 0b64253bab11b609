"""The views of links are valid SQL of their dialect; DuckDB's and Postgres' are run elsewhere."""

import pytest
import sqlglot
from sqlglot import exp

from shotgrid_dagster.destination.dialects import DIALECTS

PARSED_AS = {"motherduck": "duckdb"}
TEMPLATES = {
    name: dialect.link_view for name, dialect in DIALECTS.items() if dialect.link_view is not None
}


@pytest.mark.parametrize("destination", TEMPLATES)
def test_a_view_has_the_same_five_columns_in_every_dialect(destination: str) -> None:
    statement = TEMPLATES[destination].format(view="d.s__f", table="d.s", column="f")
    view = sqlglot.parse_one(statement, read=PARSED_AS.get(destination, destination))
    assert isinstance(view, exp.Create)
    query = view.expression
    assert isinstance(query, exp.Select)
    columns = ["parent_id", "position", "link__id", "link__type", "link__name"]
    assert query.named_selects == columns
    # Nothing was left over that the parser did not know.
    assert not list(view.find_all(exp.Command))
    assert "d.s" in {table.sql() for table in view.find_all(exp.Table)} | {
        f"{table.db}.{table.name}" for table in view.find_all(exp.Table)
    }
