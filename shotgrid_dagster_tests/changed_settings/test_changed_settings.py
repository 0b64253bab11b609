"""Settings that change between loads: the tables are what a naive dump says for them."""

import itertools
import os
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings

from shotgrid_dagster_tests.changed_settings.drawing import SEQUENCES, Drawn
from shotgrid_dagster_tests.changed_settings.playing import play

EXAMPLES = int(os.environ.get("CHANGED_SETTINGS_EXAMPLES", "6"))
"""How many sequences are drawn, always the same ones; `make oracle` draws more."""

numbers = itertools.count()


@settings(
    max_examples=EXAMPLES,
    derandomize=True,
    deadline=None,
    phases=(Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)
@given(loads=SEQUENCES)
def test_the_tables_are_what_a_naive_dump_says_for_settings_that_change(
    tiny_database: Path, tmp_path: Path, loads: tuple[Drawn, ...]
) -> None:
    assert play(loads, tiny_database, tmp_path / str(next(numbers))) == []
