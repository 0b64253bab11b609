"""LoadState that was used and is free, given back to the system.

Pages of ten megabytes and more come and go in several threads. Left alone, the C library takes them
from heaps of its own, one a thread, whose ends it keeps: 60 MB of 500 (measured on Linux, glibc).
"""

from __future__ import annotations

import ctypes
import os

import pyarrow as pa

BIG_BLOCK = 2**20
"""Bytes: a block of so many is the system's from the start, and is given back when it is free."""

_M_MMAP_THRESHOLD = -3
"""The name of that setting in glibc's `malloc.h`."""

_LIBRARY = ctypes.CDLL(None) if os.name == "posix" else None


def give_back_big_blocks() -> None:
    """From now on, in this process. Nothing happens where the C library is not glibc."""
    if _LIBRARY is not None and hasattr(_LIBRARY, "gnu_get_libc_version"):
        _LIBRARY.mallopt(_M_MMAP_THRESHOLD, BIG_BLOCK)


def give_back() -> None:
    """Return what Arrow and the C library keep for further pages: the destination needs it now."""
    pa.default_memory_pool().release_unused()
    if _LIBRARY is not None and hasattr(_LIBRARY, "malloc_trim"):
        _LIBRARY.malloc_trim(0)
