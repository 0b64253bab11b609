"""The values that a statement is run with, and the named subqueries that it needs."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from shotgrid_dagster.sandbox.errors import refused

LARGEST = 2**63 - 1
Value = str | int | float | None


@dataclass
class Bindings:
    """Collects the values of one statement as `:v0`, `:v1`, ... in order of their first use."""

    values: dict[str, Value] = field(default_factory=dict)
    subqueries: list[str] = field(default_factory=list)

    def value(self, value: Value) -> str:
        """The placeholder that stands for `value`. Raises the 400/104 of too big a number."""
        if isinstance(value, int) and not -LARGEST <= value <= LARGEST:
            raise refused("Invalid statement.")
        name = f"v{len(self.values)}"
        self.values[name] = value
        return f":{name}"

    def among(self, values: list[Value]) -> str:
        """What follows `in`: one placeholder, however long the list is."""
        return f"(select value from json_each({self.value(json.dumps(values))}))"

    def subquery(self, select: str) -> str:
        """The name of a subquery, which stands in front of the statement."""
        self.subqueries.append(select)
        return f"q{len(self.subqueries) - 1}"

    @property
    def with_clause(self) -> str:
        """What stands in front of the statement: its subqueries by name, or nothing."""
        named = [f"q{number} as ({select})" for number, select in enumerate(self.subqueries)]
        return f"with {', '.join(named)} " if named else ""
