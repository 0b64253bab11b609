"""A model as a value: what its `.sql` file says. Pure but for reading the folder.

The comments at the top of a file are its contract:

    -- One row per shot.                          the grain: what a row is
    -- description: How far each shot is.         for people
    -- group: production                          where it stands in the UI
    -- column done_ratio: finished / all tasks; from shotgrid/tasks.sg_status_list
    -- test: unique(shot_id)                      also: not_null(c, ...)
    -- test: done_ratio between 0 and 1           any condition that holds on every row

Tables are named as they are loaded (`shots`, and views of links: `shots__assets`) or as models.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import sqlglot
from sqlglot import exp
from sqlglot.optimizer.scope import traverse_scope

DIALECT = "duckdb"
SCHEMA = "models"

_HEADER = re.compile(r"^--\s?(.*)$")
_COLUMN = re.compile(r"^column\s+(\w+):\s*(.+)$")
_CALL = re.compile(r"^(unique|not_null)\((.+)\)$")


class ModelError(Exception):
    """A model file is not what a model file must be; the message names it."""


@dataclass(frozen=True)
class Test:
    """A promise about every row of a model, and the query that counts the rows that break it."""

    promise: str
    breaks: str
    """SQL with `{table}`: one number, 0 when the promise holds."""

    @property
    def name(self) -> str:
        """The promise in letters, digits and underscores, as Dagster names a check."""
        return re.sub(r"\W+", "_", self.promise).strip("_")


@dataclass(frozen=True)
class Model:
    """One table to build."""

    name: str
    grain: str
    description: str
    group: str
    columns: dict[str, str]
    tests: tuple[Test, ...]
    query: exp.Query
    reads: tuple[str, ...]
    """The tables, views and models that it selects from, as written, in alphabetical order."""

    @property
    def code_version(self) -> str:
        """Changes with the query, not with its comments or its layout."""
        text = self.query.sql(dialect=DIALECT, comments=False)
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    def sql(self, schemas: dict[str, str]) -> str:
        """The query with every table in its schema: `schemas` is table -> schema."""
        query = self.query.copy()
        for table in _tables(query):
            table.set("db", exp.to_identifier(schemas[table.name], quoted=True))
        return query.sql(dialect=DIALECT, pretty=True)


def read_models(folder: Path) -> list[Model]:
    """The models of a folder, by name.

    Raises:
        ModelError: a file is not a model.
    """
    return [
        parse_model(path.stem, path.read_text(encoding="utf-8"))
        for path in sorted(folder.glob("*.sql"))
    ]


def parse_model(name: str, text: str) -> Model:
    """One model from the text of its file.

    Raises:
        ModelError: the SQL does not parse, is not one query, or the header lacks something.
    """
    try:
        statements = sqlglot.parse(text, read=DIALECT)
    except sqlglot.errors.ParseError as error:
        raise ModelError(f"models/{name}.sql is not SQL: {error}") from error
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        raise ModelError(f"models/{name}.sql must be one select statement.")
    query = statements[0]
    grain, notes, columns, tests = _header(name, text)
    selected = query.named_selects
    if unknown := sorted(set(columns) - set(selected)):
        raise ModelError(f"models/{name}.sql describes {unknown[0]}, which it does not select.")
    if missing := [column for column in selected if column not in columns]:
        raise ModelError(f"models/{name}.sql does not describe its column {missing[0]}.")
    if len({_test(promise).name for promise in tests}) < len(tests):
        raise ModelError(f"models/{name}.sql makes the same promise twice.")
    return Model(
        name=name,
        grain=grain,
        description=notes.get("description", grain),
        group=notes.get("group", "models"),
        columns={column: columns[column] for column in selected},
        tests=tuple(_test(promise) for promise in tests),
        query=query,
        reads=tuple(sorted({table.name for table in _tables(query)})),
    )


def buildable(
    models: Collection[Model], known: Collection[str], loaded: Collection[str]
) -> list[Model]:
    """The models whose tables are loaded, in an order in which they can be built.

    Args:
        models: all models.
        known: the tables that a site can have.
        loaded: those that the settings load.

    Raises:
        ModelError: a model selects from a table that nobody knows, or models form a circle.
    """
    names = {model.name for model in models}
    for model in models:
        for read in model.reads:
            if read not in names and base_table(read) not in known:
                raise ModelError(
                    f"models/{model.name}.sql selects from {read}, which is neither an entity "
                    "type's table, nor a view of links, nor a model."
                )
    left_out = {read for m in models for read in m.reads if base_table(read) not in loaded} - names
    waiting = list(models)
    while follow := [m for m in waiting if left_out & set(m.reads)]:
        left_out |= {model.name for model in follow}
        waiting = [model for model in waiting if model.name not in left_out]
    built: dict[str, Model] = {}
    while ready := [
        model
        for model in waiting
        if all(read in built or read not in names for read in model.reads)
    ]:
        built |= {model.name: model for model in ready}
        waiting = [model for model in waiting if model.name not in built]
    if waiting:
        raise ModelError(f"models/{waiting[0].name}.sql selects from itself, maybe through others.")
    return list(built.values())


def base_table(read: str) -> str:
    """The entity table behind a name: `shots` for the view of links `shots__assets`."""
    return read.split("__", 1)[0]


def _tables(query: exp.Query) -> list[exp.Table]:
    """The real tables of a query: names of CTEs aside, also where they hide a table's name."""
    return [
        source
        for scope in traverse_scope(query)
        for source in scope.sources.values()
        if isinstance(source, exp.Table)
    ]


def _header(name: str, text: str) -> tuple[str, dict[str, str], dict[str, str], list[str]]:
    notes: dict[str, str] = {}
    columns: dict[str, str] = {}
    tests: list[str] = []
    grain = ""
    for line in text.splitlines():
        match = _HEADER.match(line)
        if match is None:
            break
        said = match.group(1).strip()
        if column := _COLUMN.match(said):
            columns[column.group(1)] = column.group(2)
        elif said.startswith("test:"):
            tests.append(said.removeprefix("test:").strip())
        elif said.startswith(("description:", "group:")):
            key, _, value = said.partition(":")
            notes[key] = value.strip()
        elif not grain:
            grain = said
    if not grain:
        raise ModelError(f"models/{name}.sql does not say in its first line what a row is.")
    if not tests:
        raise ModelError(f"models/{name}.sql has no `-- test:` line.")
    return grain, notes, columns, tests


def _test(promise: str) -> Test:
    call = _CALL.match(promise)
    if call is None:
        return Test(promise, f"select count(*) from {{table}} where not ({promise})")
    columns = [column.strip() for column in call.group(2).split(",")]
    if call.group(1) == "not_null":
        broken = " or ".join(f"{column} is null" for column in columns)
        return Test(promise, f"select count(*) from {{table}} where {broken}")
    key = ", ".join(columns)
    return Test(
        promise,
        f"select count(*) from (select {key} from {{table}} group by {key} having count(*) > 1)",
    )
