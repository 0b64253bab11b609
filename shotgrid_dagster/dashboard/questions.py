"""The dashboard's questions: each is one query of the models, and gives an Arrow table.

A number that is drawn is a number of a model; here nothing is worked out but sums.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa

from shotgrid_dagster.errors import ShotGridDagsterError

PUBLISHED = "published.duckdb"
"""The readers' copy; until there is one, the loader's own database is opened."""


MOST_DAYS = 5 * 365
"""Of a burn-down."""

READS = frozenset(
    {
        "artist_workload", "as_of", "bid_against_logged", "burn_down", "calendar", "dim_people",
        "dim_projects", "dim_steps", "due_date_slips", "shot_progress", "status_meanings",
        "task_assignees", "task_facts", "task_reviews", "time_logged", "version_reviews",
    }
)  # fmt: skip
"""The models that the dashboard and the weekly report ask."""


class NothingToShow(ShotGridDagsterError):
    """There is no database with models; the message says what to do."""


@dataclass(frozen=True)
class Models:
    """The models in a database file, which is held open for the length of a question only."""

    database: Path
    connection: duckdb.DuckDBPyConnection | None = None
    """Of `held`: the questions are asked on it."""

    @classmethod
    def of_project(cls, data_dir: Path, loaders: Path) -> Models:
        """The readers' copy in the data folder, or the loader's database.

        Raises:
            NothingToShow: neither is there.
        """
        for path in (data_dir / PUBLISHED, loaders):
            if path.exists():
                return cls(path)
        raise NothingToShow(f"There is no database in {data_dir} yet: run `make demo` first.")

    @contextmanager
    def held(self) -> Iterator[Models]:
        """The same models, from one file to the end: also when another is swapped in meanwhile."""
        with self._connected() as connection:
            yield replace(self, connection=connection)

    @contextmanager
    def _connected(self) -> Iterator[duckdb.DuckDBPyConnection]:
        if self.connection is not None:
            yield self.connection
            return
        with duckdb.connect(str(self.database), read_only=True) as connection:
            yield connection

    def ask(self, sql: str, *values: object) -> pa.Table:
        """The answer to a query of the schema `models`.

        Raises:
            NothingToShow: the models are not built.
        """
        try:
            with self._connected() as connection:
                connection.execute("set search_path = 'models'")
                answer = connection.execute(sql, list(values)).to_arrow_table()
        except (duckdb.CatalogException, duckdb.BinderException) as error:
            said = str(error).splitlines()[0]
            raise NothingToShow(
                f"A model is not built ({said}): run `make demo`, or materialize it in `make dev`."
            ) from error
        return _with_plain_numbers(answer)

    def as_of_on(self) -> date:
        """The day, in the studio's time zone, when the site was last heard of."""
        on: date = self.ask("select as_of_on from as_of")["as_of_on"][0].as_py()
        return on

    def projects(self) -> dict[str, int]:
        """Label -> id of the running projects that have tasks, the busiest first."""
        answer = self.ask(
            "select p.project_id, p.project_label, count(*) as tasks from dim_projects as p "
            "inner join task_facts as t on p.project_id = t.project_id "
            "where p.is_running and t.counts group by all order by tasks desc, p.project_id"
        )
        ids, labels = answer["project_id"].to_pylist(), answer["project_label"].to_pylist()
        return {str(label): int(id_) for id_, label in zip(ids, labels, strict=True)}

    def headlines(self, project: int) -> dict[str, float | None]:
        """The numbers at the top: shots and tasks done, late, slipped lately, kick-back rate."""
        (numbers,) = self.ask(
            "select "
            "(select count(*) from shot_progress where project_id = $1) as shots, "
            "(select count(*) from shot_progress where project_id = $1 and done_ratio = 1) "
            "as shots_done, "
            "(select count(*) from task_facts where project_id = $1 and counts) as tasks, "
            "(select count(*) from task_facts where project_id = $1 and is_done) as tasks_done, "
            "(select count(*) from task_facts where project_id = $1 and is_late) as tasks_late, "
            "(select count(*) from due_date_slips where project_id = $1 and slipped_lately) "
            "as slipped_lately, "
            "(select sum(case when is_kick_back then 1 else 0 end) / nullif(count(answered_at), 0) "
            "from task_reviews where project_id = $1) as kick_back_rate",
            project,
        ).to_pylist()
        return {name: None if value is None else float(value) for name, value in numbers.items()}

    def statuses_by_step(self, project: int) -> pa.Table:
        """step, step_order, status, color, tasks: the shots' tasks that count."""
        return self.ask(
            "select coalesce(s.step_label, 'no step') as step, "
            "min(coalesce(s.list_order, 999)) as step_order, "
            "coalesce(m.status_label, nullif(t.status, ''), 'no status') as status, "
            "min(m.bg_color) as color, "
            "min(case t.phase when 'done' then 0 when 'review' then 1 when 'active' then 2 "
            "when 'on_hold' then 3 when 'waiting' then 4 else 5 end) as phase_order, "
            "count(*) as tasks from task_facts as t "
            "left join dim_steps as s on t.step_id = s.step_id "
            "left join status_meanings as m on t.status = m.code "
            "where t.project_id = $1 and t.entity_type = 'Shot' and t.counts "
            "group by all order by step_order, step, phase_order, status",
            project,
        )

    def burn_down(self, project: int) -> pa.Table:
        """day, tasks_open, tasks_done: of the last five years.

        One task that is dated 1970 would make thousands of days, and the page too big to show.
        """
        return self.ask(
            "select cast(day as timestamp) as day, tasks_open, tasks_done "
            "from burn_down cross join as_of "
            "where project_id = $1 and day > as_of.as_of_on - $2 order by day",
            project,
            MOST_DAYS,
        )

    def turnaround(self, project: int) -> pa.Table:
        """week, working_days (median) and versions of the versions answered in it."""
        return self.ask(
            "select cast(c.week_starts_on as timestamp) as week, count(*) as versions, "
            "median(v.turnaround_working_minutes) / max(c2.minutes) as working_days "
            "from version_reviews as v "
            "inner join calendar as c on c.project_id = 0 and v.answered_on = c.day "
            "cross join (select max(working_minutes) as minutes from calendar) as c2 "
            "where v.project_id = $1 group by all order by week",
            project,
        )

    def workload(self, project: int, weeks: int = 8) -> pa.Table:
        """person, week, load_ratio, hours assigned and of capacity, from three weeks ago on.

        Of the people who are assigned in the project, over all projects.
        """
        return self.ask(
            "select p.person_label as person, cast(w.week_starts_on as timestamp) as week, "
            "w.load_ratio, w.assigned_minutes / 60 as assigned_hours, "
            "w.capacity_minutes / 60 as capacity_hours "
            "from artist_workload as w inner join dim_people as p on w.person_id = p.person_id "
            "cross join as_of "
            "where w.person_id in (select person_id from task_assignees where project_id = $1) "
            "and w.week_starts_on between as_of.week_starts_on - 21 "
            "and as_of.week_starts_on - 21 + 7 * ($2 - 1) order by person, week",
            project,
            weeks,
        )

    def bid_against_logged(self, project: int) -> pa.Table:
        """step, kind (Bid or Logged), hours: of tasks with a bid.

        Steps of one name on shots and assets are one bar.
        """
        return self.ask(
            "select coalesce(s.step_label, 'no step') as step, kind, sum(minutes) / 60 as hours "
            "from (select step_id, 'Bid' as kind, bid_minutes as minutes from bid_against_logged "
            "where project_id = $1 union all "
            "select step_id, 'Logged', logged_on_bid_minutes from bid_against_logged "
            "where project_id = $1) as b left join dim_steps as s on b.step_id = s.step_id "
            "group by all order by step, kind",
            project,
        )

    def slipped(self, project: int, most: int = 12) -> pa.Table:
        """What slipped in the last seven days, the worst first."""
        return self.ask(
            'select t.entity_name as "on", t.task_name as task, '
            'cast(s.first_due_on as varchar) as "was due", cast(s.due_on as varchar) as due, '
            's.days_slipped as days, coalesce(p.person_label, s.last_moved_by) as "moved by" '
            "from due_date_slips as s inner join task_facts as t on s.task_id = t.task_id "
            "left join dim_people as p on s.last_moved_by_id = p.person_id "
            "where s.project_id = $1 and s.slipped_lately "
            "order by s.days_slipped desc, t.task_id limit $2",
            project,
            most,
        )


def _with_plain_numbers(table: pa.Table) -> pa.Table:
    """Decimals, and DuckDB's sums of whole numbers are such, as numbers that charts can draw."""
    plain = [
        column.with_type(pa.float64()) if pa.types.is_decimal(column.type) else column
        for column in table.schema
    ]
    return table.cast(pa.schema(plain))
