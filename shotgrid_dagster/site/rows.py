"""Pages of rows, decoded without knowing the schema, or as far as their type says."""

from __future__ import annotations

from typing import Any, Generic, Protocol, TypeVar

import msgspec


class _Relationship(msgspec.Struct):
    data: object = None


class Row(msgspec.Struct):
    """One row as the site sends it: links in `relationships`, everything else in `attributes`."""

    id: int
    attributes: dict[str, object]
    relationships: dict[str, _Relationship]

    def values(self) -> dict[str, Any]:
        """The row flat: `id`, attributes and link values by field name."""
        links = {name: link.data for name, link in self.relationships.items()}
        return {"id": self.id, **self.attributes, **links}


class HasId(Protocol):
    """A decoded row, whatever else it holds."""

    id: int


R = TypeVar("R", bound=HasId)


class PageOf(msgspec.Struct, Generic[R]):
    """A page of rows, of which as much is decoded as their type says."""

    data: list[R]
    links: object = None
    """Not used, whatever it is."""

    @property
    def count(self) -> int:
        """How many rows there are."""
        return len(self.data)

    @property
    def ids(self) -> list[int]:
        """Their ids, in the site's order."""
        return [row.id for row in self.data]


RowPage = PageOf[Row]
"""A page of whole rows, decoded without knowing the schema."""
