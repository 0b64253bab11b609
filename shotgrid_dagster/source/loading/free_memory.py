"""Memory that was used and is free, given back to the system.

Pages of ten megabytes and more come and go in several threads. Left alone, the C library takes them
from heaps of its own, one a thread, whose ends it keeps. A first load of 200,000 Tasks takes 506 MB
without this module (Linux, glibc). It asks glibc for what its manual offers, `mallopt` and
`malloc_trim`; with any other C library, nothing is done, and more memory is taken.
"""

from __future__ import annotations

import ctypes
import os

import pyarrow as pa

BIG_BLOCK = 2**20
"""Bytes: a block of so many is the system's from the start, and is given back when it is free."""

_M_MMAP_THRESHOLD = -3
"""The name of that setting in glibc's `malloc.h`."""


def glibc() -> ctypes.CDLL | None:
    """The C library of this process, if it is glibc."""
    library = ctypes.CDLL(None) if os.name == "posix" else None
    return library if hasattr(library, "gnu_get_libc_version") else None


def give_back_big_blocks(library: ctypes.CDLL | None) -> bool:
    """From now on, in this process; gives whether the library does it."""
    return library is not None and bool(library.mallopt(_M_MMAP_THRESHOLD, BIG_BLOCK))


def give_back(library: ctypes.CDLL | None) -> None:
    """Return what Arrow and the C library keep for further pages: the destination needs it now."""
    pa.default_memory_pool().release_unused()
    if library is not None:
        library.malloc_trim(0)
