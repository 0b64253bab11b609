"""How many calls are under way at once, and which goes first."""

import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from shotgrid_dagster.site.http.request_slots import RequestSlots


def test_a_call_that_can_wait_lets_one_that_came_later_go_first() -> None:
    slots, order = RequestSlots(1), []
    began = [threading.Event(), threading.Event()]

    def call(name: str, can_wait: bool, begins: threading.Event) -> None:
        begins.set()
        with slots.taken(can_wait=can_wait):
            order.append(name)

    with ThreadPoolExecutor(2) as threads, slots.taken():
        threads.submit(call, "can wait", True, began[0])
        began[0].wait()
        threads.submit(call, "cannot", False, began[1])
        began[1].wait()
        wait_until(lambda: slots._waiting == 1)
    assert order == ["cannot", "can wait"]


def wait_until(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.001)


def test_a_call_that_can_wait_takes_what_nobody_else_wants() -> None:
    slots = RequestSlots(2)
    with slots.taken(), slots.taken(can_wait=True):
        pass
    with slots.taken(can_wait=True), slots.taken(can_wait=True):
        pass


@pytest.mark.parametrize("seed", range(20))
def test_there_are_never_more_calls_under_way_than_slots_and_each_gets_one(seed: int) -> None:
    chance = random.Random(seed)
    slots = RequestSlots(chance.randint(1, 4))
    count = slots._free
    assert count is not None
    lock, under_way, most = threading.Lock(), 0, 0

    def call(can_wait: bool, seconds: float) -> None:
        nonlocal under_way, most
        with slots.taken(can_wait=can_wait):
            with lock:
                under_way += 1
                most = max(most, under_way)
            time.sleep(seconds)
            with lock:
                under_way -= 1

    calls = [(chance.random() < 0.5, chance.choice([0.0, 0.0005])) for _ in range(60)]
    with ThreadPoolExecutor(12) as threads:
        for done in [threads.submit(call, *item) for item in calls]:
            done.result(timeout=20)
    assert 1 <= most <= count
    assert slots._free == count


def test_without_a_limit_nobody_waits() -> None:
    slots = RequestSlots(None)
    with slots.taken(), slots.taken(can_wait=True), slots.taken():
        pass
