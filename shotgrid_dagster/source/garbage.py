"""Python's search for garbage, which now and then looks at every object that there is.

Of the modules of dagster, dlt and this project there are some 300,000, none of which is ever
garbage: a look at all of them takes 30 to 50 ms, and there are four or five of them while dlt is
imported (measured).
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache


@contextmanager
def kept() -> Iterator[None]:
    """For work that makes what stays until the process ends: nothing is looked for meanwhile, and
    what is there afterwards is never looked at."""
    was_searched = gc.isenabled()
    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        if was_searched:
            gc.enable()


@cache
def spare_what_is_there() -> None:
    """From now on, look only at what is made later. Once a process: what loads leave behind, one
    after the other, is garbage."""
    gc.freeze()
