"""Whether anybody loads at this moment, by the locks that a load holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shotgrid_dagster.destination.advisory_locks import held_by
from shotgrid_dagster.destination.tables import Tables
from shotgrid_dagster.destination.warehouse import Warehouse


@dataclass(frozen=True)
class Loads:
    """What the locks tell."""

    who: tuple[str, ...]
    """Those that load now."""
    are_all_seen: bool
    """False: a load on another machine has no lock that can be seen from here."""

    @property
    def are_there(self) -> bool:
        """Whether anybody loads."""
        return bool(self.who)


def loads_at_work(warehouse: Warehouse, tables: Sequence[str]) -> Loads:
    """Who loads into these tables now. It does not wait.

    Raises:
        WarehouseError: the destination does not answer.
    """
    lock = warehouse.dialect.lock
    if lock == "advisory":
        with Tables(warehouse) as opened, opened.client() as client:
            return Loads(tuple(held_by(client, tables)), are_all_seen=True)
    holder = warehouse.loader()
    return Loads((holder,) if holder else (), are_all_seen=lock == "file")
