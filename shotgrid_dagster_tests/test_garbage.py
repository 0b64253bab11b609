"""What is kept out of Python's search for garbage, and for how long."""

import gc
import weakref
from collections.abc import Callable, Iterator

import pytest

from shotgrid_dagster.source.garbage import kept, spare_what_is_there


class Loop:
    """Garbage of the kind that only a search finds: it holds itself."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    was_searched = gc.isenabled()
    yield
    gc.unfreeze()
    spare_what_is_there.cache_clear()
    (gc.enable if was_searched else gc.disable)()


def fails() -> None:
    raise ValueError("no definitions")


@pytest.mark.parametrize("is_searched", [True, False])
def test_searching_is_on_or_off_afterwards_as_it_was_before(is_searched: bool) -> None:
    (gc.enable if is_searched else gc.disable)()
    with kept():
        assert not gc.isenabled()
    assert gc.isenabled() is is_searched
    with pytest.raises(ValueError, match="no definitions"), kept():
        fails()
    assert gc.isenabled() is is_searched


def test_what_was_made_meanwhile_is_never_looked_at_again() -> None:
    gc.unfreeze()
    with kept():
        made: list[list[int]] = [[] for _ in range(1000)]
    assert gc.get_freeze_count() > len(made)


def test_garbage_of_a_later_load_is_found_however_many_loads_there_are() -> None:
    spare_what_is_there()
    spared = gc.get_freeze_count()
    thing = Loop()
    is_there: Callable[[], Loop | None] = weakref.ref(thing)
    del thing
    spare_what_is_there()
    gc.collect()
    assert is_there() is None
    assert gc.get_freeze_count() <= spared
