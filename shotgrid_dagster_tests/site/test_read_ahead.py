import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import pytest

from shotgrid_dagster.site.prefetch import Prefetch


@dataclass
class Item:
    value: int
    nbytes: int = 1


def numbers(upto: int, nbytes: int = 1) -> Iterator[Item]:
    for value in range(upto):
        yield Item(value, nbytes)


def test_every_read_gives_its_items_in_order_whatever_the_order_of_taking() -> None:
    ahead: Prefetch[Item] = Prefetch(threads=4)
    for key in "abcdef":
        ahead.announce(key, lambda: numbers(50))
    for key in "fbdcae":
        assert [item.value for item in ahead.take(key)] == list(range(50))
    ahead.close()


def test_reads_wait_for_the_site_at_the_same_time() -> None:
    together = threading.Barrier(4, timeout=10)

    def waits() -> Iterator[Item]:
        together.wait()
        yield Item(1)

    ahead: Prefetch[Item] = Prefetch(threads=4)
    for key in "abcd":
        ahead.announce(key, waits)
    assert [len(list(ahead.take(key))) for key in "abcd"] == [1, 1, 1, 1]
    ahead.close()


def test_what_a_read_raises_is_raised_to_whoever_takes_it_and_to_nobody_else() -> None:
    def breaks() -> Iterator[Item]:
        yield Item(1)
        raise ValueError("of this read")

    ahead: Prefetch[Item] = Prefetch(threads=2)
    ahead.announce("good", lambda: numbers(3))
    ahead.announce("bad", breaks)
    with pytest.raises(ValueError, match="of this read"):
        list(ahead.take("bad"))
    assert len(list(ahead.take("good"))) == 3
    assert "bad" not in ahead
    ahead.close()


def test_no_more_than_the_limit_waits_in_memory() -> None:
    stepped: list[str] = []

    def big(key: str) -> Iterator[Item]:
        for value in range(20):
            stepped.append(key)
            yield Item(value, nbytes=10)

    ahead: Prefetch[Item] = Prefetch(threads=2, max_bytes=50)
    for key in "abc":
        ahead.announce(key, partial(big, key))
    before = -1
    while len(stepped) != before:
        before = len(stepped)
        time.sleep(0.1)
    # 50 bytes are five items; each thread may have one more under way.
    assert len(stepped) <= 7
    assert sum(len(list(ahead.take(key))) for key in "cab") == 60
    ahead.close()


def test_a_read_can_be_announced_again_after_it_was_taken() -> None:
    ahead: Prefetch[Item] = Prefetch(threads=1)
    for _ in range(2):
        ahead.announce("a", lambda: numbers(2))
        assert len(list(ahead.take("a"))) == 2
    ahead.close()


def test_closing_ends_a_consumer_that_waits() -> None:
    never = threading.Event()

    def hangs() -> Iterator[Item]:
        never.wait(10)
        yield Item(1)

    ahead: Prefetch[Item] = Prefetch(threads=1)
    ahead.announce("a", hangs)
    closing = threading.Timer(0.1, ahead.close)
    closing.start()
    with pytest.raises(RuntimeError, match="closed"):
        list(ahead.take("a"))
    never.set()
    closing.join()
