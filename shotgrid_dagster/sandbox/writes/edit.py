"""One edit of the site: a transaction, who makes it, and what it leaves to be mended."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from shotgrid_dagster.sandbox.query.filters.date_windows import SECONDS
from shotgrid_dagster.sandbox.store.refs import Ref
from shotgrid_dagster.sandbox.store.schema import EntityType
from shotgrid_dagster.sandbox.store.site_clock import SiteClock
from shotgrid_dagster.sandbox.writes.events.event_log import EventLog
from shotgrid_dagster.sandbox.writes.links.link_texts import Place, refresh_link_texts
from shotgrid_dagster.sandbox.writes.links.neighbours import Neighbours
from shotgrid_dagster.sandbox.writes.policy import WritePolicy
from shotgrid_dagster.sandbox.writes.stored_rows import StoredRows

Row = tuple[str, int]
"""(entity type, id)"""


@dataclass
class Edit:
    """What every write shares while its transaction is open."""

    rows: StoredRows
    neighbours: Neighbours
    policy: WritePolicy
    now: datetime
    """UTC."""
    writer: Ref
    log: EventLog | None
    """None: the writer is a script that leaves no events."""
    stale: set[Place] = field(default_factory=set)
    """Link texts that no longer show what is true."""
    far: set[Row] = field(default_factory=set)
    """Rows at the other end of a two-way link that changed."""

    @property
    def schema(self) -> Mapping[str, EntityType]:
        """The site's entity types by name."""
        return self.rows.schema

    @property
    def instant(self) -> str:
        """Now, as it is stored: `2026-03-04T05:06:07Z`."""
        return self.now.strftime(SECONDS)

    def finish(self, *written: Row) -> None:
        """Bring what is shown in step with what is true. Ends every write of these rows."""
        places, self.stale = self.stale, set()
        refresh_link_texts(
            self.rows.connection, self.schema, places, self.policy.events.regain_links
        )
        far, self.far = self.far.difference(written), set()
        if self.policy.stamps.on_far_side:
            self.stamp(far)

    def stamp(self, rows: Iterable[Row]) -> None:
        """Move `updated_at` to now, where there is one."""
        for entity_type, row_id in rows:
            if "updated_at" in self.schema[entity_type].fields:
                self.rows.set(entity_type, row_id, {"updated_at": self.instant})


class Transactions:
    """Where a site is written: its schema, and the policy, which may be changed at any time."""

    def __init__(self, schema: Mapping[str, EntityType], policy: WritePolicy) -> None:
        self.policy = policy
        self.learn(schema)

    def learn(self, schema: Mapping[str, EntityType]) -> None:
        """Write rows of these entity types from now on."""
        self.schema = schema
        self._neighbours = Neighbours(schema)

    @contextmanager
    def editing(
        self,
        connection: sqlite3.Connection,
        clock: SiteClock,
        writer: Row,
        session_uuid: str | None = None,
    ) -> Iterator[Edit]:
        """A transaction that is kept when the block ends, and undone when it raises."""
        connection.execute("begin immediate")
        try:
            # Not before: who waited for another writer would stamp rows with a time that is over.
            now = clock.look(connection).replace(microsecond=0)
            rows = StoredRows(connection, self.schema)
            who = rows.ref(*writer)
            if who is None:
                raise LookupError(f"nobody is {writer[0]} {writer[1]}")
            at = int(now.timestamp())
            log = EventLog(rows, self.policy.events, at, who, session_uuid)
            yield Edit(
                rows,
                self._neighbours,
                self.policy,
                now,
                who,
                log if _is_logged(rows, who) else None,
            )
        except BaseException:
            connection.execute("rollback")
            raise
        connection.execute("commit")


def _is_logged(rows: StoredRows, writer: Ref) -> bool:
    """People always leave events, a script only if it is told to."""
    if writer.type != "ApiUser":
        return True
    script = rows.find("ApiUser", writer.id)
    return script is not None and bool(script["generate_event_log_entries"])
