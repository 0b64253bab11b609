"""A job whose steps run in a process each, over the site and folder that the environment names."""

import os
from pathlib import Path

import dagster as dg

from shotgrid_dagster.config.project import ProjectFile
from shotgrid_dagster.defs.build import build_definitions

FOLDER = "SHOTGRID_TESTS_FOLDER"
SELECTION = ["shotgrid/shots", "shotgrid/steps", "publish/warehouse"]


def job() -> dg.JobDefinition:
    """The job, made anew in each process."""
    project = ProjectFile(data_dir=Path(os.environ[FOLDER]), entity_types=("Shot", "Step"))
    defs = build_definitions(project)
    return dg.Definitions(
        assets=defs.assets,
        resources=defs.resources,
        jobs=[dg.define_asset_job("some", selection=SELECTION)],
        executor=dg.multiprocess_executor,
    ).resolve_job_def("some")
