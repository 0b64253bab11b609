"""What Dagster loads: the definitions of the project in the current folder."""

from shotgrid_dagster.garbage import kept

with kept():
    from shotgrid_dagster.hours import read_hours
    from shotgrid_dagster.project_definitions import build_definitions
    from shotgrid_dagster.reporting import read_reporting
    from shotgrid_dagster.source.project import read_project_file

    defs = build_definitions(read_project_file(), hours=read_hours(), reporting=read_reporting())
