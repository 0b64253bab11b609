"""Queries as Arrow tables over dlt's reader, where the destination does not answer so itself."""

from __future__ import annotations

import orjson
import pyarrow as pa
from dlt.pipeline.pipeline import Pipeline


def query_as_arrow(pipeline: Pipeline, what: str, table: str, rest: str = "") -> pa.Table:
    """`select what from table rest`; `what` is `*` or names of columns, with commas between them.

    JSON is asked for as text: the reader would make Python's values of it and JSON of those, and
    fails on numbers of more than 64 bits and on what is nested deep, which a site may hold.
    """
    types = {
        name: column.get("data_type")
        for schema in pipeline.schemas.values()
        for name, column in schema.tables.get(table, {}).get("columns", {}).items()
    }
    names = list(types) if what == "*" else [name.strip() for name in what.split(",")]
    texts = [name for name in names if types.get(name) == "json"]
    if texts:
        what = ", ".join(
            f'cast("{name}" as varchar) as "{name}"' if name in texts else f'"{name}"'
            for name in names
        )
    answer: pa.Table = pipeline.dataset()(f"select {what} from {table} {rest}").arrow()
    for name in texts:
        compact = pa.array([_compact(text) for text in answer[name].to_pylist()], pa.string())
        answer = answer.set_column(answer.column_names.index(name), name, compact)
    return answer


def _compact(text: str | None) -> str | None:
    """JSON without the spaces that a destination puts in; as it is where it cannot be read."""
    if text is None:
        return None
    try:
        return orjson.dumps(orjson.loads(text)).decode()
    except (ValueError, TypeError):
        return text
