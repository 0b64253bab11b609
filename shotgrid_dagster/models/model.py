"""A model as a value: what its `.sql` file says. Pure but for reading the folder.

The comments at the top of a file are its contract:

    -- One row per shot.                          the grain: what a row is
    -- description: How far each shot is.         for people
    -- group: production                          where it stands in the UI
    -- column done_ratio: finished / all tasks; from shotgrid/tasks.sg_status_list
    -- test: unique(shot_id)                      also: not_null(c, ...)
    -- test: done_ratio between 0 and 1           any condition that holds on every row
    -- test: refers(shot_id, shots.id)            each value is in that column, or null
    -- test no hole: never(select 1 from self where ...)
                                               a query that gives no row; `self` is the model
    -- headline: sum(tasks_done) as tasks_done    a number for the UI, which plots it over time

Tables are named as they are loaded (`shots`, and views of links: `shots__assets`) or as models.

The queries are DuckDB's SQL, of a kind that sqlglot can carry to other databases (`in_dialect`):
only functions in `PORTABLE` (`try_cast` to dates only), timestamps that differ by whole seconds,
JSON only behind views, and a session whose time zone is UTC.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

import sqlglot
from sqlglot import exp
from sqlglot.optimizer.scope import traverse_scope

from shotgrid_dagster.errors import ShotGridDagsterError

DIALECT = "duckdb"
SCHEMA = "models"

_HEADER = re.compile(r"^--\s?(.*)$")
_TOP = re.compile(r"\A(--.*\n)+")
_TEST = re.compile(r"^test(?:\s+([^:]+))?:\s*(.+)$")
_COLUMN = re.compile(r"^column\s+(\w+):\s*(.+)$")
_CALL = re.compile(r"^(unique|not_null|refers|never)\((.+)\)$")
_SELF = "self"

PORTABLE = frozenset(
    {
        "Abs", "And", "Case", "Cast", "Coalesce", "Count", "DateDiff", "Exists", "Floor", "If",
        "Lag", "Lead", "Length", "Lower", "Max", "Min", "Nullif", "Or", "RowNumber", "Sum",
        "TimestampDiff", "Trim", "TryCast",
    }
)  # fmt: skip
"""The functions that models may use, by sqlglot's names: they mean the same everywhere."""

_DATE = (
    r"^[0-9]{4}-((0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])|(0[13-9]|1[0-2])-(29|30)"
    r"|(0[13578]|1[02])-31)$|^([0-9]{2}(0[48]|[2468][048]|[13579][26])|2000)-02-29$"
)
"""A text that is a date, 29 February 1900 and its like aside."""

DIALECTS = ("postgres", "snowflake", "bigquery", "redshift", "databricks")
"""The databases, beside DuckDB, that the queries are carried to."""


class ModelError(ShotGridDagsterError):
    """A model file is not what a model file must be; the message names it."""


@dataclass(frozen=True)
class Test:
    """A promise about every row of a model, and the query that counts the rows that break it."""

    promise: str
    breaks: exp.Query
    """Gives one number, 0 when the promise holds; the model's table is called `self` in it."""

    def sql(self, table: str, schemas: dict[str, str]) -> str:
        """The query on a table of the schema of models; `schemas` is other table -> schema."""
        return _sql_in(self.breaks, {**schemas, _SELF: SCHEMA}, {_SELF: table}, DIALECT)

    @property
    def reads(self) -> set[str]:
        """The other tables that it looks into."""
        return {table.name for table in _tables(self.breaks)} - {_SELF}

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
    """The tables, views and models that it or a test of it selects from, in alphabetical order."""
    code_version: str
    """Changes with the query, not with its comments or its layout."""
    written: str
    """Its file."""
    headlines: dict[str, str] = field(default_factory=dict)
    """Name -> an aggregate over its rows, as SQL."""

    def shown(self, schemas: dict[str, str]) -> str:
        """The query as it is written, with every table in its schema: to be read, and to be run."""
        text = self.written
        starts = {table.this.meta["start"]: table.name for table in _tables(self.query)}
        for start, name in sorted(starts.items(), reverse=True):
            text = f"{text[:start]}{schemas[name]}.{text[start:]}"
        return _TOP.sub("", text).strip()

    def sql(self, schemas: dict[str, str], dialect: str = DIALECT) -> str:
        """The query with every table in its schema: `schemas` is table -> schema."""
        return _sql_in(self.query, schemas, {}, dialect)

    def headline_sql(self, table: str) -> str | None:
        """One row with all headlines of a table of the schema of models; None: it has none."""
        if not self.headlines:
            return None
        numbers = ", ".join(f"{what} as {name}" for name, what in self.headlines.items())
        return f"select {numbers} from {SCHEMA}.{table}"


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
    dialect = sqlglot.Dialect.get_or_raise(DIALECT)
    try:
        tokens = dialect.tokenize(text)
        statements = dialect.parser().parse(tokens, text)
    except sqlglot.errors.ParseError as error:
        raise ModelError(f"models/{name}.sql is not SQL: {error}") from error
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        raise ModelError(f"models/{name}.sql must be one select statement.")
    query = statements[0]
    words = [(token.token_type.name, token.text) for token in tokens]
    grain, notes, columns, tests, headlines = _header(name, text)
    selected = query.named_selects
    if unknown := sorted(set(columns) - set(selected)):
        raise ModelError(f"models/{name}.sql describes {unknown[0]}, which it does not select.")
    if missing := [column for column in selected if column not in columns]:
        raise ModelError(f"models/{name}.sql does not describe its column {missing[0]}.")
    promises = tuple(_test(name, *test) for test in tests)
    if len({promise.name for promise in promises}) < len(promises):
        raise ModelError(f"models/{name}.sql makes the same promise twice.")
    for checked in [query, *(test.breaks for test in promises)]:
        foreign = sorted(functions(checked) - PORTABLE)
        if checked.find(exp.NullSafeNEQ, exp.NullSafeEQ):
            foreign.append("is distinct from")  # Redshift has none
        if foreign:
            raise ModelError(
                f"models/{name}.sql uses {foreign[0]}, which is not among the functions that mean "
                "the same in every database: see PORTABLE in models/model.py."
            )
    return Model(
        name=name,
        grain=grain,
        description=notes.get("description", grain),
        group=notes.get("group", "models"),
        columns={column: columns[column] for column in selected},
        tests=promises,
        query=query,
        reads=tuple(
            sorted(
                {table.name for table in _tables(query)}.union(
                    *(promise.reads for promise in promises)
                )
            )
        ),
        code_version=hashlib.sha256(repr(words).encode()).hexdigest()[:12],
        written=text,
        headlines=headlines,
    )


def functions(query: exp.Expr) -> set[str]:
    """The functions that a query calls, by sqlglot's names; an unknown one by its own."""
    return {
        function.name if isinstance(function, exp.Anonymous) else type(function).__name__
        for function in query.find_all(exp.Func)
    }


def in_dialect(query: exp.Expr, dialect: str, *, copy: bool = True) -> str:
    """The query as another database understands it. Without a copy, it may be changed by this.

    Raises:
        sqlglot.errors.UnsupportedError: it does not.
    """

    def seconds_between_instants(node: exp.Expr) -> exp.Expr:
        # BigQuery's DATE_DIFF is for dates, and models ask for seconds between timestamps only.
        if isinstance(node, exp.DateDiff) and node.text("unit").lower() == "second":
            return exp.TimestampDiff(this=node.this, expression=node.expression, unit=node.unit)
        return node

    def dates_of_any_text(node: exp.Expr) -> exp.Expr:
        # Postgres has no cast that gives null for what is no date.
        if isinstance(node, exp.TryCast) and node.to.this is exp.DataType.Type.DATE:
            is_date = exp.RegexpLike(this=node.this.copy(), expression=exp.Literal.string(_DATE))
            return exp.case().when(is_date, exp.cast(node.this, "date"))
        return node

    if dialect == "bigquery":
        query = query.transform(seconds_between_instants)
    if dialect == "postgres":
        query = query.transform(dates_of_any_text)
    return query.sql(dialect=dialect, pretty=True, copy=copy)


def _sql_in(query: exp.Query, schemas: dict[str, str], tables: dict[str, str], dialect: str) -> str:
    """The query with its tables in their schemas, and under other names where `tables` says so."""
    query = query.copy()
    for table in _tables(query):
        name = table.name
        if name in tables:
            table.set("alias", table.args.get("alias") or exp.TableAlias(this=table.this.copy()))
            table.set("this", exp.to_identifier(tables[name]))
        table.set("db", exp.to_identifier(schemas[name], quoted=True))
    return in_dialect(query, dialect, copy=False)


def buildable(
    models: Collection[Model],
    known: Collection[str],
    loaded: Collection[str],
    views: Collection[str] | None = None,
) -> list[Model]:
    """The models whose tables are loaded, in an order in which they can be built.

    Args:
        models: all models.
        known: the tables that a site can have.
        loaded: those that the settings load.
        views: the views of links that this site has; None: it is not known yet.

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
    left_out = {
        read
        for model in models
        for read in model.reads
        if base_table(read) not in loaded
        or (views is not None and base_table(read) != read and read not in views)
    } - names
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


def _header(
    name: str, text: str
) -> tuple[str, dict[str, str], dict[str, str], list[tuple[str, str]], dict[str, str]]:
    headlines: dict[str, str] = {}
    notes: dict[str, str] = {}
    columns: dict[str, str] = {}
    tests: list[tuple[str, str]] = []
    grain = ""
    for line in text.splitlines():
        match = _HEADER.match(line)
        if match is None:
            break
        said = match.group(1).strip()
        if column := _COLUMN.match(said):
            columns[column.group(1)] = column.group(2)
        elif test := _TEST.match(said):
            label, promise = (part and part.strip() for part in test.groups())
            tests.append((label or promise, promise))
        elif said.startswith("headline:"):
            what, _, called = said.removeprefix("headline:").strip().rpartition(" as ")
            headlines[called] = what
        elif said.startswith(("description:", "group:")):
            key, _, value = said.partition(":")
            notes[key] = value.strip()
        elif not grain:
            grain = said
    if not grain:
        raise ModelError(f"models/{name}.sql does not say in its first line what a row is.")
    if not tests:
        raise ModelError(f"models/{name}.sql has no `-- test:` line.")
    return grain, notes, columns, tests, headlines


def _test(model: str, label: str, promise: str) -> Test:
    call = _CALL.match(promise)
    kind, said = (call.group(1), call.group(2)) if call else ("holds", promise)
    counted = {
        "unique": "(select {0} from self group by {0} having count(*) > 1) as doubled",
        "never": "({0}) as broken",
    }.get(kind, "self")
    condition = {
        "not_null": " where " + " or ".join(f"{column} is null" for column in said.split(",")),
        "refers": _REFERS,
        "holds": " where not ({0})",
    }.get(kind, "")
    column, _, target = (word.strip() for word in said.partition(","))
    table, _, key = target.partition(".")
    text = f"select count(*) as broken from {counted}{condition}".format(
        said, column=column, table=table, key=key
    )
    try:
        query = sqlglot.parse_one(text, read=DIALECT)
    except sqlglot.errors.ParseError as error:
        raise ModelError(f"models/{model}.sql: the test {promise} is not SQL: {error}") from error
    if not isinstance(query, exp.Query):
        raise ModelError(f"models/{model}.sql: the test {promise} is not a query.")
    return Test(label, query)


_REFERS = (
    " where {column} is not null"
    " and not exists (select 1 from {table} as target where target.{key} = self.{column})"
)
