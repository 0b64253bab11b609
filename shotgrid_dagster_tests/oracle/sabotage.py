"""Ways to break the extractor, to see that the oracle notices; done in the process that loads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from shotgrid_dagster.site import client, search
from shotgrid_dagster.source.loading.changes import Changes
from shotgrid_dagster.source.reading import reading, snapshot, window
from shotgrid_dagster.source.reading.census import Census
from shotgrid_dagster.source.tables.row_state import RowState


def _replace(where: object, **by: object) -> None:
    for name, other in by.items():
        assert hasattr(where, name), name
        setattr(where, name, other)


def _offset_paging() -> None:
    """Pages by number, as a generated pipeline does."""

    def by_number(
        transport: Any, entity_type: str, fields: Any, decode: Any, **how: Any
    ) -> Iterator[Any]:
        number = 1
        while True:
            conditions = [["id", "greater_than", how.get("after", 0)], *how.get("where", ())]
            answer = transport.post(
                f"/entity/{entity_type}/_search",
                {
                    "filters": {"logical_operator": "and", "conditions": conditions},
                    "fields": list(fields),
                    "sort": "id",
                    "page": {"size": how["page_size"], "number": number},
                    "options": search.options(retired=how.get("retired", False)),
                },
                decode,
            )
            if not answer.value.count:
                return
            yield answer
            number += 1

    _replace(client, walk=by_number)


def _no_overlap() -> None:
    """The window begins after the last load's end: what changed meanwhile is in neither."""
    ordinary = window.Window.__init__

    def late(self: Any, *arguments: Any, **given: Any) -> None:
        given["since"] = given["since"] + timedelta(seconds=3)
        ordinary(self, *arguments, **{**given, "overlap": 0, "named": ()})

    _replace(window.Window, __init__=late)


def _newest_event_id() -> None:
    """The event log's cursor is the highest id."""
    from shotgrid_dagster.source.reading import event_log

    _replace(event_log, low_water=lambda events, mark, _: max([mark, *events["id"].to_pylist()]))


def _no_retired_pass() -> None:
    """Retired rows are never asked for."""
    for module in (reading, snapshot, window):
        _replace(module, SHOWN=(RowState.LIVE,))


def _no_census() -> None:
    """Nothing is compared, and what is in no pass is left as it is."""
    _replace(Changes, _vanished=lambda self, reading: iter(()))
    _replace(Census, against=lambda self, held: ([], []))


def _newest_stamp() -> None:
    """The cursor is the newest `updated_at` that was seen, and nothing else is asked for."""

    def batches(self: Any) -> Iterator[Any]:
        self.prepare()
        self._above = 10**9
        self._named = ()
        stamp = max(self._from, self._from + timedelta(seconds=122))
        where = [["updated_at", "greater_than", stamp.strftime("%Y-%m-%dT%H:%M:%SZ")]]
        for batch in self.pages(RowState.LIVE, where=where):
            self.note(batch.table, RowState.LIVE)
            yield batch

    _replace(window.Window, batches=batches)


SABOTAGES: dict[str, Callable[[], None]] = {
    "offset paging": _offset_paging,
    "no overlap": _no_overlap,
    "newest event id": _newest_event_id,
    "no retired pass": _no_retired_pass,
    "no census": _no_census,
    "newest stamp": _newest_stamp,
}
