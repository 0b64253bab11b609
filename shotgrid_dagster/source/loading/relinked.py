"""The rows whose links show something else since other rows were renamed, retired or revived.

They are read again by id. Without such an event nothing is looked up and nothing asked.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

import pyarrow as pa

from shotgrid_dagster.site.errors import NoPermission, RequestRefused
from shotgrid_dagster.source.loading.held_rows import HeldRows
from shotgrid_dagster.source.reading.reading import Reading
from shotgrid_dagster.source.reading.shown_anew import (
    LinkField,
    Row,
    ShownAnew,
    link_fields,
    linking,
)

MOST_RELINKED = 50_000
"""Rows of one type that are read again for their links in one run: a hundred requests. Where more
link to a row, a project for example, the newest are."""

ROWS_AT_ONCE = 200
"""Rows that links point to, in one filter of the site."""


def relinked(
    held: HeldRows,
    reading: Reading,
    columns: Collection[str],
    rows: ShownAnew,
    also: Iterable[pa.Table] = (),
) -> set[int]:
    """The ids of the rows to read again.

    `columns` are those of the table; `also` are rows that were read and are not in it yet. What is
    too much, or cannot be asked for, is said in the reading's `warning`.

    Raises:
        SiteError: the site failed.
    """
    if not rows:
        return set()
    reading.prepare()
    fields = list(link_fields(reading.layout.fields_read, rows.otherwise))
    found = held.linking([item for item in fields if set(item.columns) <= set(columns)])
    for table in also:
        found |= linking(table, fields)
    found |= _asked(reading, rows.back)
    return set(_at_most(found, reading))


def _at_most(ids: Collection[int], reading: Reading) -> list[int]:
    """The newest of the ids, in order, as many as one run reads; if that is not all, it is said."""
    chosen = sorted(ids)
    if len(chosen) > MOST_RELINKED:
        left = len(chosen) - MOST_RELINKED
        _warn(
            reading,
            f"Links of {len(chosen)} rows of {reading.entity_type.name} show something else, for "
            f"rows that they link to were renamed, retired or revived. One run reads "
            f"{MOST_RELINKED} of them again; the {left} with the lowest ids keep what they held: "
            f"a full refresh of shotgrid/{reading.layout.table} makes them true.",
        )
    return chosen[-MOST_RELINKED:]


def _asked(reading: Reading, rows: Collection[Row]) -> set[int]:
    """The ids of the rows that link to revived ones, as the site says."""
    found: set[int] = set()
    refused: set[str] = set()
    ordered = sorted(rows)
    for start in range(0, len(ordered), ROWS_AT_ONCE):
        portion = ordered[start : start + ROWS_AT_ONCE]
        fields = list(link_fields(reading.layout.fields_read, portion))
        for group in _groups(reading, fields, refused):
            found |= group
    if refused:
        _warn(
            reading,
            f"The site does not filter {reading.entity_type.name} by {', '.join(sorted(refused))}: "
            "whether these link again to rows that were revived is known after a full refresh of "
            f"shotgrid/{reading.layout.table}.",
        )
    return found


def _groups(reading: Reading, fields: Sequence[LinkField], refused: set[str]) -> Iterator[set[int]]:
    """By all fields in one request or, where one of them is refused, by each."""
    able = [item for item in fields if item.can_be_asked_for]
    refused.update(item.read.field.name for item in fields if not item.can_be_asked_for)
    if not able:
        return
    try:
        yield reading.ids_of_any([item.condition() for item in able])
    except (RequestRefused, NoPermission):
        for item in able:
            try:
                yield reading.ids_of_any([item.condition()])
            except (RequestRefused, NoPermission):
                refused.add(item.read.field.name)


def _warn(reading: Reading, sentence: str) -> None:
    reading.warning = f"{reading.warning} {sentence}".strip()
