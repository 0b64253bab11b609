"""How far one entity type was loaded: a value, and the row that keeps it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from shotgrid_dagster.source.reading.event_position import EventPosition
from shotgrid_dagster.source.reading.shown_anew import NOTHING, ShownAnew
from shotgrid_dagster.source.reading.snapshot import Resume

FOLLOWED = "events_followed"
"""The column that tables of older versions do not have."""

JSON_COLUMNS = ("columns", "fields", "resume")


@dataclass(frozen=True)
class LoadState:
    """The last load of one entity type, as far as it came."""

    cursor: str | None = None
    """When the last complete reading began, in the site's time (ISO 8601); None: there was none."""
    digest: str | None = None
    """What that reading found; None when it did not read the whole type."""
    columns: tuple[str, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)
    """Field -> the kind of its columns in the table; fields that are gone included."""
    layout: str | None = None
    """The digest of the layout: when it changes, columns are described anew."""
    scope: str = ""
    """Which projects were read, see `Scope.digest`."""
    quarantined: int = 0
    """Values of this type in the quarantine table."""
    last_id: int = 0
    """The highest id that was loaded; for the event log, its low-water mark."""
    resume: Resume | None = None
    """Where a first load goes on that did not come to its end."""
    followed: EventPosition | None = None
    """Up to where the rows that events name were read; None where no event log can be read, and in
    states of older versions."""
    generation: int = 0
    """How many states there were before, and this one; 0: it was never stored."""
    rows: Mapping[str, int] = field(default_factory=dict)
    """State -> rows in the table. Counted, not stored."""
    named: tuple[int, ...] = ()
    """Ids that loaded events name which were not followed yet. Looked up, not stored."""
    shown_anew: ShownAnew = NOTHING
    """What the same events tell of rows that links show otherwise. Looked up, not stored."""

    @property
    def is_loaded(self) -> bool:
        """Whether the type was read from end to end once."""
        return self.cursor is not None

    @property
    def version(self) -> str:
        """Which load this is, so that another one has another; empty before the first."""
        return f"{self.generation} of {self.cursor}" if self.generation else ""

    @property
    def since(self) -> datetime:
        """The cursor as a time."""
        assert self.cursor is not None
        return datetime.fromisoformat(self.cursor)

    def to_row(self, table: str) -> dict[str, object]:
        """The row of `_sg_load_state`."""
        return {
            "table_name": table,
            "generation": self.generation,
            "cursor": self.cursor,
            "digest": self.digest,
            "columns": json.dumps(self.columns),
            "fields": json.dumps(dict(self.fields)),
            "layout": self.layout,
            "scope": self.scope,
            "quarantined": self.quarantined,
            "last_id": self.last_id,
            "resume": json.dumps(asdict(self.resume)) if self.resume else None,
            FOLLOWED: self.followed.to_json() if self.followed else None,
        }

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> LoadState:
        """The state in a row of `_sg_load_state`; a database gives JSON as text, or decoded."""
        columns, fields, resume = (
            json.loads(row[name]) if isinstance(row[name], str) else row[name]
            for name in JSON_COLUMNS
        )
        return cls(
            cursor=row["cursor"],
            digest=row["digest"],
            columns=tuple(columns or ()),
            fields=fields or {},
            layout=row["layout"],
            scope=row["scope"] or "",
            quarantined=int(row["quarantined"] or 0),
            last_id=int(row["last_id"] or 0),
            resume=Resume(**resume) if resume else None,
            followed=EventPosition.from_json(row.get(FOLLOWED)),
            generation=int(row["generation"]),
        )
