"""Looking into a loaded table."""

from pathlib import Path

import pyarrow as pa
import pytest

from shotgrid_dagster.destination.tables import IDS_AT_ONCE_AS_ARROW, Tables
from shotgrid_dagster.destination.warehouse import DATASET, Warehouse


@pytest.mark.parametrize(
    "ids",
    [
        range(0, 200_000, 20),  # more than go into one query, and none beside another
        range(70, 90, 2),
        (0, 199_990),
        (),
    ],
    ids=["many apart", "some together", "the ends", "none"],
)
def test_rows_are_found_by_their_ids_however_many_and_far_apart_they_are(
    ids: range | tuple[int, ...], tmp_path: Path
) -> None:
    with Tables(Warehouse(tmp_path)) as tables:
        with tables.client() as client:
            client.execute_sql(f"create schema {DATASET}")
            client.execute_sql(
                f"create table {DATASET}.shots as "
                "select i as id, 'shot ' || i as code from range(0, 200000, 2) as numbers(i)"
            )
        rows = tables.read_rows("shots", pa.array(ids, pa.int64()))
    assert len(range(0, 200_000, 20)) > IDS_AT_ONCE_AS_ARROW
    found = dict(zip(rows["id"].to_pylist(), rows["code"].to_pylist(), strict=True))
    assert found == {id_: f"shot {id_}" for id_ in ids}
