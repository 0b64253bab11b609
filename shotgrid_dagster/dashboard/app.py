"""The dashboard: `make dashboard`, or `marimo run shotgrid_dagster/dashboard/app.py`.

`-- --database file.duckdb --project 70` after it names another file, and the project to begin with;
`--static yes` leaves out the picker, which does nothing on a page that was exported.
"""

import marimo

app = marimo.App(width="full", app_title="Production")


@app.cell
def _():
    from pathlib import Path

    import marimo as mo

    from shotgrid_dagster.dashboard import pictures
    from shotgrid_dagster.dashboard.questions import Models, NothingToShow

    return Models, NothingToShow, Path, mo, pictures


@app.cell
def _(Models, NothingToShow, Path, mo):
    given = mo.cli_args()
    try:
        if database := given.get("database"):
            models = Models(Path(str(database)))
        else:
            from shotgrid_dagster.config.project import read_project_file

            files = read_project_file()
            models = Models.of_project(files.data_dir, files.database_path)
        projects = models.projects()
    except NothingToShow as error:
        mo.stop(True, mo.callout(str(error), kind="warn"))
    mo.stop(not projects, mo.callout("No running project has tasks yet.", kind="warn"))
    first = next(
        (name for name, id_ in projects.items() if str(id_) == str(given.get("project"))),
        next(iter(projects)),
    )
    picker = mo.ui.dropdown(options=projects, value=first, label="Project")
    as_of = models.as_of_on()
    is_static = "static" in given
    return as_of, is_static, models, picker


@app.cell
def _(as_of, is_static, mo, picker):
    title = [mo.md(f"# {picker.selected_key}"), mo.md(f"as of **{as_of:%A, %d %B %Y}**")]
    mo.hstack(
        title if is_static else [*title, picker],
        justify="space-between",
        align="center",
    )


@app.cell
def _(mo, models, picker):
    numbers = models.headlines(picker.value)

    def share(part, whole):
        return f"{numbers[part]:,.0f} of {numbers[whole]:,.0f}"

    rate = numbers["kick_back_rate"]
    mo.hstack(
        [
            mo.stat(share("shots_done", "shots"), label="shots done", bordered=True),
            mo.stat(share("tasks_done", "tasks"), label="tasks done", bordered=True),
            mo.stat(f"{numbers['tasks_late']:,.0f}", label="tasks late", bordered=True),
            mo.stat(f"{numbers['slipped_lately']:,.0f}", label="slipped in 7 days", bordered=True),
            mo.stat(
                "none yet" if rate is None else f"{rate:.0%}",
                label="reviews kicked back",
                bordered=True,
            ),
        ],
        widths="equal",
    )


@app.cell
def _(mo, models, picker, pictures):
    project = picker.value
    steps = pictures.statuses_by_step(models.statuses_by_step(project))
    burn = pictures.burn_down(models.burn_down(project))
    reviews = pictures.turnaround(models.turnaround(project))
    load = pictures.workload(models.workload(project))
    bids = pictures.bid_against_logged(models.bid_against_logged(project))
    slipped = models.slipped(project)
    table = mo.vstack(
        [
            mo.md("### What slipped in the last seven days"),
            mo.md("Nothing.")
            if not slipped.num_rows
            else mo.ui.table(
                slipped,
                selection=None,
                page_size=12,
                show_download=False,
                show_search=False,
                show_column_summaries=False,
                show_data_types=False,
            ),
        ]
    )
    mo.vstack(
        [
            mo.hstack([steps, burn], widths="equal"),
            mo.hstack([reviews, bids], widths="equal"),
            mo.hstack([load, table], widths="equal"),
        ],
        gap=2,
    )


if __name__ == "__main__":
    app.run()
