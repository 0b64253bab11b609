"""What a read asks for besides its filter: `fields`, `sort`, `page`, `options`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from shotgrid_dagster.sandbox.access.visibility import ReadOptions
from shotgrid_dagster.sandbox.errors import invalid_parameters

DEFAULT_SIZE = 500
LARGEST_SIZE = 5000


@dataclass(frozen=True)
class ReadParameters:
    """What a read asks for besides its filter."""

    fields: list[str] | None
    """None: not said."""
    sort: list[str]
    """`["-created_at", "code"]`"""
    size: int
    number: int
    options: ReadOptions


def from_query(query: Mapping[str, str]) -> ReadParameters:
    """The parameters of a GET. Raises the 400 of a wrong one; unknown ones are ignored."""
    return ReadParameters(
        fields=_names(query.get("fields")),
        sort=_sort(query.get("sort")),
        size=page_size(query.get("page[size]")),
        number=page_number(query.get("page[number]")),
        options=ReadOptions(
            retired=query.get("options[return_only]") == "retired",
            include_archived_projects=_is_true(query.get("options[include_archived_projects]")),
        ),
    )


def from_body(body: Mapping[str, object], query: Mapping[str, str]) -> ReadParameters:
    """The parameters of a search: of the body, and of the query string where the body is silent."""
    said = dict(query)
    fields, sort = body.get("fields", query.get("fields")), body.get("sort", query.get("sort"))
    for group in ("page", "options"):
        parts = body.get(group)
        if isinstance(parts, dict):
            said.update({f"{group}[{name}]": _text(value) for name, value in parts.items()})
    said.pop("fields", None)
    said.pop("sort", None)
    read = from_query(said)
    return ReadParameters(_names(fields), _sort(sort), read.size, read.number, read.options)


def page_size(size: str | None, largest: int = LARGEST_SIZE, default: int = DEFAULT_SIZE) -> int:
    """Rows on a page. Raises the site's 400s; it says "less than" where it means "at most"."""
    if size is None:
        return default
    number = _integer(size, "size")
    if number < 1:
        raise invalid_parameters(page={"size": "size must be greater than 0"})
    if number > largest:
        raise invalid_parameters(page={"size": f"size must be less than {largest}"})
    return number


def page_number(number: str | None) -> int:
    """Pages count from 1. Raises the site's 400s."""
    if number is None:
        return 1
    if _integer(number, "number") < 1:
        raise invalid_parameters(page={"number": "number must be greater than 0"})
    return int(number)


def _integer(text: str, name: str) -> int:
    if not re.fullmatch(r"-?\d{1,15}", text):
        raise invalid_parameters(page={name: f"{name} must be an integer"})
    return int(text)


def _names(fields: object) -> list[str] | None:
    if fields is None:
        return None
    if isinstance(fields, str):
        fields = fields.split(",")
    if not isinstance(fields, list):
        raise invalid_parameters(fields="fields must be a string or an array")
    names = [name for names in fields for name in str(names).split(",")]
    return [name.strip() for name in names if name.strip()]


def _sort(sort: object) -> list[str]:
    if sort is None:
        return []
    if sort == "":
        raise invalid_parameters(sort="sort must be filled")
    terms = sort.split(",") if isinstance(sort, str) else sort
    if not isinstance(terms, list) or not all(_is_sort_term(term) for term in terms):
        what = "list" if isinstance(sort, str) else "array"
        raise invalid_parameters(sort=f"sort {what} is not valid")
    return terms


def _is_sort_term(term: object) -> bool:
    return isinstance(term, str) and re.fullmatch(r"-?[\w.]+", term) is not None


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _is_true(text: str | None) -> bool:
    return text is not None and text.lower() in ("true", "1", "yes")
