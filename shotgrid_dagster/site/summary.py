"""Summaries: what a site works out over many rows, as a whole or by group."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec


@dataclass(frozen=True)
class Summary:
    """What is asked: one number, date or status about a field of many rows."""

    field: str
    type: str
    """record_count, sum, latest, ..."""
    status: str | None = None
    """Of a `status_percentage`: whose share."""

    def as_json(self) -> dict[str, object]:
        """The summary as the API is asked for it: `{field, type}`, with `value` for a status."""
        summary: dict[str, object] = {"field": self.field, "type": self.type}
        return summary if self.status is None else {**summary, "value": self.status}


@dataclass(frozen=True)
class Group:
    """Rows that have the same value, and the summary of them.

    The value of a link is `{type, id, name}`, of a list of links the whole list, of none null.
    """

    value: object
    summary: object


class _Group(msgspec.Struct):
    group_value: object
    summaries: dict[str, object]


class _Summarized(msgspec.Struct):
    summaries: dict[str, object]
    groups: list[_Group] | None = None


class _Answer(msgspec.Struct):
    data: _Summarized


_decode = msgspec.json.Decoder(_Answer).decode


@dataclass(frozen=True)
class Summarized:
    """The answer: the summary of all rows, and those of the groups."""

    whole: object
    groups: tuple[Group, ...]


def summarized(field: str, raw: bytes) -> Summarized | None:
    """The answer about one field; None: the site left it out.

    So it does with fields that it cannot summarize.

    Raises:
        msgspec.DecodeError: it is no answer to a summary.
    """
    data = _decode(raw).data
    if field not in data.summaries:
        return None
    groups = (Group(group.group_value, group.summaries.get(field)) for group in data.groups or ())
    return Summarized(data.summaries[field], tuple(groups))
