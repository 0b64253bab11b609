"""How an entity type is to be loaded, and what one load did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from shotgrid_dagster.source.tables.columns import Layout


@dataclass(frozen=True)
class LoadResult:
    """What one load did, and what the table holds after it."""

    layout: Layout
    channel: str
    why: str
    rows_loaded: int = 0
    rows: Mapping[str, int] = field(default_factory=dict)
    """State -> rows in the table."""
    schema_changes: tuple[str, ...] = ()
    """`+column` for each new one, `-column` for each that the site has no longer."""
    quarantined: int = 0
    """Values that did not fit their columns, and are in the quarantine table."""
    cursor_before: str | None = None
    """When the reading before began, in the site's time."""
    cursor_after: str | None = None
    version_before: str = ""
    """Which load the table was from before, see `LoadState.version`."""
    version: str = ""
    """Which load it is from now: the same where nothing was loaded."""
    is_described_anew: bool = False
    """Whether a display name, a description, or what does not fit is other than before."""
    rows_deleted: int = 0
    """Rows that were marked as lost by loads before, and that the settings do not keep now."""

    @property
    def rows_total(self) -> int:
        """Rows of the table, of every state."""
        return sum(self.rows.values())

    @property
    def is_news(self) -> bool:
        """Whether the table is other than before, or there for the first time."""
        return bool(
            self.rows_loaded
            or self.rows_deleted
            or self.schema_changes
            or self.is_described_anew
            or self.cursor_before is None
        )


def changes_of_columns(before: tuple[str, ...], layout: Layout) -> tuple[str, ...]:
    """`LoadResult.schema_changes`, from the columns of the last load; none at a first load."""
    if not before:
        return ()
    after = [column.name for column in layout.columns]
    return tuple(
        [f"+{name}" for name in after if name not in before]
        + [f"-{name}" for name in before if name not in after]
    )
