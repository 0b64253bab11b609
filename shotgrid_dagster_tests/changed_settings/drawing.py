"""What is drawn: settings that change from load to load, and edits of the site between them."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import strategies as st

from shotgrid_dagster.source.reading.channel import LoadMode

CASTS = (
    ("Project", "Shot", "Version", "EventLogEntry"),
    ("Project", "Task", "Sequence"),
    ("Shot", "Sequence", "Note"),
    ("Playlist", "PlaylistVersionConnection", "Version"),
    ("Shot", "HumanUser", "EventLogEntry"),
)
"""Types with projects and without, with a stamp and without, edited and not."""

EXCLUDED = (
    "Shot.description",
    "Shot.assets",
    "description",
    "*.sg_*",
    "updated_at",
    "project",
    "Task.content",
    "Sequence.*",
    "Note.note_links",
    "HumanUser.email",
    "EventLogEntry.meta",
    "EventLogEntry.description",
)
"""Fields that are left out: of one type, of any, what a window and the projects go by."""

EDITS = (
    "change",
    "rename",
    "create",
    "link",
    "unlink",
    "retire",
    "revive",
    "re_parent",
    "erase",
    "archive",
    "move",
    "lose",
    "clear",
)
"""See `oracle/edits.py`, and for the last four `playing.py`."""


@dataclass(frozen=True)
class Drawn:
    """One load: the edits before it, the settings, and what is asked for."""

    edits: tuple[tuple[str, int], ...] = ()
    """Kind and seed of each."""
    entity_types: tuple[str, ...] = ()
    projects: tuple[tuple[int, bool], ...] = ()
    """Position among the site's projects, and whether it is named or given by its id."""
    exclude_fields: tuple[str, ...] = ()
    mode: LoadMode = field(default_factory=LoadMode)
    archived_projects: bool = True
    template_projects: bool = True
    demo_projects: bool = True
    page_size: int = 5000
    concurrency: int = 4
    most_lost: float = 1.0
    most_requests: int = 0
    on_lost: str = "mark"
    query_fields: bool = False

    @property
    def given(self) -> dict[str, object]:
        """The settings, but for those that go by names."""
        names = (
            "entity_types exclude_fields archived_projects template_projects demo_projects "
            "page_size concurrency most_lost most_requests on_lost query_fields"
        )
        return {name: getattr(self, name) for name in names.split()}


MODES = (LoadMode(), LoadMode(), LoadMode(), LoadMode(census=True), LoadMode(full_refresh=True))


def _some(of: tuple[str, ...], least: int = 0, most: int = 3) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(of), min_size=least, max_size=most, unique=True).map(tuple)


def _mostly(usual: bool) -> st.SearchStrategy[bool]:
    return st.sampled_from((usual, usual, not usual))


def _loads_of(cast: tuple[str, ...]) -> st.SearchStrategy[Drawn]:
    return st.builds(
        Drawn,
        edits=st.lists(st.tuples(st.sampled_from(EDITS), st.integers(0, 10**6)), max_size=5).map(
            tuple
        ),
        entity_types=st.one_of(st.just(cast), _some(cast, 1, len(cast))),
        projects=st.lists(st.tuples(st.integers(0, 5), st.booleans()), max_size=3).map(tuple),
        exclude_fields=_some(EXCLUDED),
        mode=st.sampled_from(MODES),
        archived_projects=_mostly(True),
        template_projects=_mostly(True),
        demo_projects=_mostly(True),
        page_size=st.sampled_from((5000, 3, 8, 25)),
        concurrency=st.sampled_from((4, 1)),
        most_lost=st.sampled_from((1.0, 1.0, 0.05, 0.0)),
        most_requests=st.sampled_from((0, 0, 0, 0, 25)),
        on_lost=st.sampled_from(("mark", "mark", "delete")),
        query_fields=_mostly(False),
    )


SEQUENCES = st.sampled_from(CASTS).flatmap(
    lambda cast: st.lists(_loads_of(cast), min_size=2, max_size=4).map(tuple)
)
"""Two to four loads of one cast."""
