"""What one operation of the API is: the routes are made from it, and so is its description."""

from __future__ import annotations

import re
from dataclasses import dataclass

from shotgrid_dagster.sandbox.calls.calls import Handler
from shotgrid_dagster.sandbox.query.filters.filters import ARRAY, HASH

JSON_BODY = ("application/json",)
FORM_BODY = ("application/x-www-form-urlencoded",)
FILTER_BODY = (ARRAY, HASH)

READ = ("fields", "options[return_only]", "options[include_archived_projects]")
PAGED = (*READ, "sort", "page[size]", "page[number]")


@dataclass(frozen=True)
class Operation:
    """A method on a path, who answers it, and what a client must know to call it."""

    method: str
    path: str
    """Below `/api/v1`, with `{named}` parts."""
    handler: Handler
    """The first line of its docstring is the operation's summary."""
    query: tuple[str, ...] = ()
    """Query parameters that it reads; a `!` behind a name: it must be given."""
    body: tuple[str, ...] = ()
    """Content types of its body; none: without a body."""
    answer: str = "Document"
    """The schema of a success: `Document`, `Row`, `Rows`, `Nothing`, ..."""
    status: int = 200
    token: bool = True
    """Whether a bearer is needed."""
    is_described: bool = True

    @property
    def segments(self) -> list[str]:
        """The names of the path's parts: `entity_type`, `record_id`, ..."""
        return re.findall(r"\{(\w+)\}", self.path)

    @property
    def name(self) -> str:
        """A name that no other operation has: `get_entity_entity_type__search`."""
        words = re.sub(r"\W+", "_", self.path).strip("_")
        return "_".join(part for part in (self.method.lower(), words) if part)

    @property
    def summary(self) -> str:
        """The first line of the handler's docstring."""
        return (self.handler.__doc__ or "").strip().split("\n")[0]
