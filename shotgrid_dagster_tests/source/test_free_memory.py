"""Memory is given back where the C library can do it, and nothing fails where it cannot."""

import platform

import pyarrow as pa
import pytest

from shotgrid_dagster.source.loading.free_memory import give_back, give_back_big_blocks, glibc


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library")
def test_glibc_gives_big_blocks_back() -> None:
    assert give_back_big_blocks(glibc())
    give_back(glibc())


def test_with_another_c_library_nothing_is_done() -> None:
    assert not give_back_big_blocks(None)
    give_back(None)
    assert pa.array([1]).to_pylist() == [1]
