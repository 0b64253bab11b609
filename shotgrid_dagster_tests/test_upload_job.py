"""The job that uploads, as Dagster runs it."""

from pathlib import Path

import dagster as dg
import pytest

from shotgrid_dagster.config.project import ProjectFile
from shotgrid_dagster.defs.assets.upload import UPLOAD_TO_SITE, upload_job
from shotgrid_dagster.defs.build import build_definitions
from shotgrid_dagster.defs.resources import ShotGridResource, WarehouseResource
from shotgrid_dagster_tests.conftest import SandboxSite


def run(
    own_site: SandboxSite, data_dir: Path, *, raises: bool = True, **config: object
) -> dg.ExecuteInProcessResult:
    shotgrid = ShotGridResource(
        warehouse=WarehouseResource(data_dir=str(data_dir)),
        site_url=own_site.url,
        client_id=own_site.client_id,
        client_secret=own_site.client_secret,
    )
    return upload_job.execute_in_process(
        run_config={"ops": {"upload_file": {"config": config}}},
        resources={"shotgrid": shotgrid},
        raise_on_error=raises,
    )


def test_the_job_uploads_a_file_and_says_how_it_knows(
    own_site: SandboxSite, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "turntable.mov"
    path.write_bytes(b"frames" * 100)
    (row, *_) = own_site.client().rows("Version", ["code"])
    done = run(
        own_site, tmp_path, entity_type="Version", id=row["id"], file=str(path),
        field="sg_uploaded_movie",
    )  # fmt: skip
    assert done.output_for_node("upload_file") == 600
    to = f"(600 bytes) went to field sg_uploaded_movie of Version {row['id']}. Proof: all bytes"
    assert to in capfd.readouterr().err
    (event,) = [item for item in done.all_events if item.is_successful_output]
    metadata = event.step_output_data.metadata
    assert metadata["proof"].value == "all bytes are the same"
    assert metadata["bytes"].value == 600
    here = [["id", "is", row["id"]]]
    (read,) = own_site.client().rows("Version", ["sg_uploaded_movie"], where=here)
    movie = read["sg_uploaded_movie"]
    assert isinstance(movie, dict)
    assert (movie["id"], movie["name"]) == (metadata["attachment_id"].value, "turntable.mov")


def test_a_failed_upload_is_a_sentence_and_is_not_tried_again(
    own_site: SandboxSite, tmp_path: Path
) -> None:
    config = {"entity_type": "Version", "id": 1, "file": str(tmp_path / "no.mov")}
    failed = run(own_site, tmp_path, raises=False, **config)
    (event,) = [item for item in failed.all_events if item.is_step_failure]
    failure = event.step_failure_data.user_failure_data
    assert failure is not None
    assert failure.description == (
        f"There is no file {tmp_path / 'no.mov'}: check its name and its folder."
    )
    assert not [item for item in failed.all_events if item.is_step_up_for_retry]


def test_the_job_is_in_the_definitions_and_nothing_starts_it(tmp_path: Path) -> None:
    defs = build_definitions(ProjectFile(data_dir=tmp_path))
    assert defs.resolve_job_def(UPLOAD_TO_SITE)
    repository = defs.get_repository_def()
    started = {schedule_def.job_name for schedule_def in repository.schedule_defs}
    started |= {
        target.job_name for sensor_def in repository.sensor_defs for target in sensor_def.targets
    }
    assert started
    assert UPLOAD_TO_SITE not in started
