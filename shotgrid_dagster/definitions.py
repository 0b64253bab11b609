"""What Dagster loads: the definitions of the project in the current folder."""

from shotgrid_dagster.config.toml_files import read_project_files

read_project_files()  # first: of a slip in them, dlt tells with a traceback when it is imported

from shotgrid_dagster.config.project import read_project_file  # noqa: E402  # as above
from shotgrid_dagster.config.reports import read_report_settings  # noqa: E402  # as above
from shotgrid_dagster.config.schedules import read_schedule_settings  # noqa: E402  # as above
from shotgrid_dagster.defs.build import build_definitions  # noqa: E402  # as above

defs = build_definitions(
    read_project_file(), hours=read_schedule_settings(), reporting=read_report_settings()
)
