"""`python -m shotgrid_dagster.cli`."""

from shotgrid_dagster.cli import main

main()
