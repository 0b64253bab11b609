"""The event log: append-only, complete although ids are committed late.

A site hands out event ids in blocks and commits them late: among the newest, ids are missing that
appear later, and some never do. So the log is read again from a low-water mark: up to there, every
id was seen, or the rows around the gap are older than the holdback, and what is still missing will
never come.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Any

import msgspec
import pyarrow as pa

from shotgrid_dagster.site import EntityType, Site
from shotgrid_dagster.source.reading.event_position import EventPosition
from shotgrid_dagster.source.reading.reading import Batch, Reading
from shotgrid_dagster.source.reading.shown_anew import Entry, shown_anew
from shotgrid_dagster.source.tables.columns import STATE, TIMESTAMP, Column
from shotgrid_dagster.source.tables.row_state import RowState

EVENT_LOG = "EventLogEntry"

HOLDBACK = timedelta(minutes=10)
"""A gap whose neighbours are older than this is taken to be for ever."""

ADDED, REMOVED = "_sg_added", "_sg_removed"

COLUMNS = (
    Column("_sg_entity_type", pa.string(), "The entity type of what it is about, from meta"),
    Column(
        "_sg_entity_id",
        pa.int64(),
        "The id of what it is about, from meta: it outlives the row",
    ),
    Column("_sg_change", pa.string(), "The kind of event, from meta: attribute_change, ..."),
    Column("_sg_old_value", pa.string(), "The value before, from meta", is_json=True),
    Column("_sg_new_value", pa.string(), "The value after, from meta", is_json=True),
    Column("_sg_in_create", pa.bool_(), "Whether the change is part of the row's creation"),
    Column("_sg_old_text", pa.string(), "The value before as plain text; of a link, its name"),
    Column("_sg_new_text", pa.string(), "The value after as plain text; of a link, its name"),
    Column(ADDED, pa.string(), "What a list of links gained, from meta", is_json=True),
    Column(REMOVED, pa.string(), "What a list of links lost, from meta", is_json=True),
    Column(
        "_sg_linked",
        pa.string(),
        "The rows at the other end of a changed link, before and after, from meta",
        is_json=True,
    ),
)
"""The parts of `meta` as columns: the link `entity` is emptied when its row is deleted."""


TOLD_BY = ("_sg_entity_type", "_sg_entity_id", "_sg_change", "attribute_name", "_sg_in_create")
"""The columns that tell which rows links show otherwise, see `shown_anew`."""


class _Meta(msgspec.Struct, gc=False):
    type: object = None
    entity_type: object = None
    entity_id: object = None
    old_value: msgspec.Raw = msgspec.Raw(b"null")
    new_value: msgspec.Raw = msgspec.Raw(b"null")
    added: msgspec.Raw = msgspec.Raw(b"null")
    removed: msgspec.Raw = msgspec.Raw(b"null")
    in_create: object = None


class Target(msgspec.Struct, gc=False):
    """A row that an event names."""

    type: str
    id: Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]


_UNREADABLE = (msgspec.DecodeError, RecursionError)
"""What `meta`, which may be any JSON, can be: its parts are empty then, and it stays as it came."""

_NOTHING = _Meta()
_decode = msgspec.json.Decoder(_Meta).decode
_decode_target = msgspec.json.Decoder(Target).decode
_decode_targets = msgspec.json.Decoder(list[Target]).decode
_encode = msgspec.json.Encoder().encode


class EventLog(Reading):
    """One reading of the event log from the low-water mark on."""

    channel = "event log"
    derived = COLUMNS
    derived_links = (ADDED, REMOVED)

    def __init__(
        self,
        site: Site,
        entity_type: EntityType,
        why: str,
        low_water: int = 0,
        known: EventPosition | None = None,
        *,
        went_back: bool = False,
        columns: Collection[str] = (),
        is_refresh: bool = False,
    ) -> None:
        super().__init__(site, entity_type, why)
        self._columns = columns
        self._is_refresh = is_refresh
        self.rewrites = False
        """Whether entries that are held are written, too: for the values of columns that are new,
        or that are to be emptied. Known from the first batch on."""
        self.begins_after = low_water
        """The id behind which it reads."""
        self.went_back = went_back
        """Whether what is held behind that id is to be replaced: it is of another history."""
        self.named: defaultdict[str, set[int]] = defaultdict(set)
        """Entity type -> the ids of its rows that entries name which were not `known`."""
        self.links_read: list[pa.Table] = []
        """The links of these entries, a page at a time, unless it reads from the first one on."""
        self.followed: EventPosition | None = None
        """`known`, and what was read; None as long as it is not read to its end."""
        self._known = known
        self._made: list[tuple[int, datetime | None]] = []
        self._latest: datetime | None = None

    def batches(self) -> Iterator[Batch]:
        """Read the entries behind the low-water mark.

        Each batch says how far it moves the mark, since what is read ahead of a load must not count
        as loaded.
        """
        self.prepare()
        self._look_at_columns()
        mark = self.begins_after
        for batch in self.pages(RowState.LIVE, after=mark):
            self.note(batch.table, RowState.LIVE)
            at_least, self._latest = made_at_least(batch.table, self._latest, self.started_at)
            mark = low_water(at_least, mark, self.started_at - HOLDBACK)
            self._follow(batch.table)
            yield replace(batch, mark=mark)
        if self._known is not None:
            self.followed = self._known.moved_on(self._made, mark)

    def _look_at_columns(self) -> None:
        new = [item.name for item in self.layout.columns if item.name not in self._columns]
        if self._columns and new and not self.went_back:
            self.begins_after = 0
            self.rewrites = True
            self.why = f"from the first entry on, for the new column {new[0]}"
        elif self._is_refresh and self.layout.skipped_later:
            self.rewrites = True

    def _follow(self, entries: pa.Table) -> None:
        """Note the rows that these entries name, but for those of entries that were known."""
        ids = entries["id"].to_pylist()
        if (
            self._known is None
            or not ids
            or (not self._known.gaps and ids[-1] <= self._known.newest)
        ):
            return
        told = told_by(entries)
        tells: list[Entry] = []
        for id_, at, linked, entry in zip(
            ids, _values(entries, "created_at"), _values(entries, "_sg_linked"), told, strict=True
        ):
            if self._known.has(id_):
                continue
            self._made.append((id_, at))
            tells.append(entry)
            type_, row_id = entry[:2]
            if type_ is not None and row_id is not None:
                self.named[type_].add(row_id)
            for target in targets(linked):
                self.named[target.type].add(target.id)
        self.shown_anew |= shown_anew(tells)
        if self.begins_after:
            columns = self.layout.columns_of_links
            self.links_read.append(entries.select(["id", *columns]))

    def with_derived(self, rows: pa.Table) -> pa.Table:
        """The rows with the columns that are taken out of the entries' `meta`."""
        return with_meta_columns(rows)


def low_water(events: pa.Table, mark: int, settled_before: datetime) -> int:
    """The mark after one more page of events, which come in id order.

    It moves to the next id, and over a gap when the row behind it was created before
    `settled_before`: ids are handed out in order, so those in the gap are at least as old.
    """
    for id_, created_at in zip(
        events["id"].to_pylist(), events["created_at"].to_pylist(), strict=True
    ):
        if id_ == mark + 1 or (created_at is not None and created_at < settled_before):
            mark = id_
    return mark


def made_at_least(
    events: pa.Table, latest: datetime | None, now: datetime
) -> tuple[pa.Table, datetime | None]:
    """The events (`id`, `created_at`) with the earliest time at which each can have been made.

    Ids are handed out in order, and a stamp may be back-dated: so an entry is no older than those
    before it. A stamp that is still to come says nothing.

    Args:
        events: in the order of their ids.
        latest: the time of the last one before them; gives that of the last of these, too.
        now: the site's time.
    """
    times: list[datetime | None] = []
    stamps = events["created_at"].to_pylist() if "created_at" in events.column_names else ()
    for at in stamps or [None] * events.num_rows:
        if at is not None and at <= now and (latest is None or at > latest):
            latest = at
        times.append(latest)
    return pa.table({"id": events["id"], "created_at": pa.array(times, TIMESTAMP)}), latest


def with_meta_columns(events: pa.Table) -> pa.Table:
    """The events with the parts of their `meta` as columns: empty where it is not read."""
    is_read = "meta" in events.column_names
    texts = events["meta"].to_pylist() if is_read else [None] * events.num_rows
    metas = [_parts(text) for text in texts]
    values = (
        [_text(meta.entity_type) for meta in metas],
        [_id(meta.entity_id) for meta in metas],
        [_text(meta.type) for meta in metas],
        [_json(meta.old_value) for meta in metas],
        [_json(meta.new_value) for meta in metas],
        [meta.in_create is True for meta in metas],
        [_plain(meta.old_value) for meta in metas],
        [_plain(meta.new_value) for meta in metas],
        [_json(meta.added) for meta in metas],
        [_json(meta.removed) for meta in metas],
        [_linked(meta) for meta in metas],
    )
    at = events.schema.get_field_index(STATE)
    for offset, (column, value) in enumerate(zip(COLUMNS, values, strict=True)):
        events = events.add_column(
            at + offset, pa.field(column.name, column.type), pa.array(value, column.type)
        )
    return events


def told_by(entries: pa.Table) -> list[Entry]:
    """What each of the entries tells, as `shown_anew` takes it."""
    columns = [_values(entries, name) for name in TOLD_BY]
    return list(zip(*columns, strict=True))


def _values(entries: pa.Table, name: str) -> list[Any]:
    if name in entries.column_names:
        values: list[Any] = entries[name].to_pylist()
        return values
    return [None] * entries.num_rows


def targets(linked: object) -> list[Target]:
    """What is in the column `_sg_linked`; a database gives its JSON as text, or decoded."""
    if linked is None:
        return []
    if isinstance(linked, str):
        return _decode_targets(linked)
    return msgspec.convert(linked, list[Target])


def _parts(text: str | None) -> _Meta:
    try:
        return _NOTHING if text is None else _decode(text)
    except _UNREADABLE:
        return _NOTHING


def _id(value: object) -> int | None:
    """An id as its column holds it."""
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if -(2**63) <= value < 2**63 else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _json(value: msgspec.Raw) -> str | None:
    text = bytes(value).decode()
    return None if text == "null" else text


def _plain(value: msgspec.Raw) -> str | None:
    text = bytes(value)
    if text[:1] not in (b'"', b"{"):
        return _json(value)
    try:
        decoded = msgspec.json.decode(text)
    except _UNREADABLE:
        return None
    return _text(decoded if isinstance(decoded, str) else decoded.get("name"))


def _linked(meta: _Meta) -> str | None:
    targets: list[Target] = []
    for raw in (meta.old_value, meta.new_value, meta.added, meta.removed):
        first = bytes(raw)[:1]
        # A value of another field may be any JSON: it names no row.
        with suppress(*_UNREADABLE):
            if first == b"{":
                targets.append(_decode_target(raw))
            elif first == b"[":
                targets += _decode_targets(raw)
    return _encode(targets).decode() if targets else None
