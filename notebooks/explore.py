"""Explore the dataset as a data person would: open it by its pipeline's name, and ask.

    marimo edit notebooks/explore.py

in the project's folder, after a load. As a script (`python notebooks/explore.py`) it runs from top
to bottom.
"""

import marimo

app = marimo.App(width="medium", app_title="A ShotGrid site in tables")


@app.cell
def _():
    import dlt
    import marimo as mo

    return dlt, mo


@app.cell
def _(mo):
    mo.md(
        """
        # A ShotGrid site in tables

        Every entity type of the site is a table. `dlt` knows them by the name of the pipeline, in
        the data folder. Links are columns (`sg_sequence__id`, `sg_sequence__name`), lists of
        links are views (`shots__assets`).
        """
    )


@app.cell
def _(dlt):
    # "data" is the `data_dir` of the settings.
    pipeline = dlt.pipeline("shotgun_software_pipeline", pipelines_dir="data/pipelines")
    dataset = pipeline.dataset()
    return dataset, pipeline


@app.cell
def _(dataset, mo):
    entity_types = dataset["_sg_entity_types"].df()
    held = entity_types.sort_values("live", ascending=False)
    mo.ui.table(
        held[["table_name", "display_name", "live", "retired", "left_out", "lost"]], page_size=8
    )
    return (held,)


@app.cell
def _(mo):
    mo.md("## Pick a project, and look at its shots")


@app.cell
def _(dataset, mo):
    projects = dataset.projects.select("id", "name", "archived", "_sg_state").df()
    live = projects[projects["_sg_state"] == "live"]
    project = mo.ui.dropdown(
        options={
            f"{name} ({id_})": int(id_) for id_, name in zip(live["id"], live["name"], strict=True)
        },
        value=None if live.empty else f"{live['name'].iloc[-1]} ({live['id'].iloc[-1]})",
        label="Project",
    )
    project
    return (project,)


@app.cell
def _(dataset, mo, project):
    shots = (
        dataset.shots.where("project__id", "eq", project.value)
        .where("_sg_state", "eq", "live")
        .select("id", "code", "sg_status_list", "sg_sequence__name", "updated_at")
        .df()
    )
    mo.ui.table(shots, page_size=8)
    return (shots,)


@app.cell
def _(mo):
    mo.md(
        """
        ## Ask in SQL

        What a table holds is often a `group by` away. This one counts the assets of each shot by
        the view of links; views are asked through the connection, since `dlt` knows tables only.
        """
    )


@app.cell
def _(pipeline, project):
    def ask(sql, *values):
        """A frame of what the database answers."""
        with pipeline.sql_client() as client, client.execute_query(sql, *values) as answer:
            return answer.df()

    assets_per_shot = ask(
        "select s.code, count(a.link__id) as assets from shots as s "
        "left join shots__assets as a on a.parent_id = s.id "
        "where s.project__id = %s and s._sg_state = 'live' "
        "group by s.code order by assets desc, s.code limit 10",
        project.value,
    )
    assets_per_shot
    return ask, assets_per_shot


@app.cell
def _(mo):
    mo.md(
        """
        ## Ask the models

        Dagster builds the schema `models`: history, burn-down, bid against logged, workload. They
        are plain tables too.
        """
    )


@app.cell
def _(ask, mo, project):
    found = ask("select table_name from information_schema.tables where table_schema = 'models'")
    names = set(found["table_name"])
    if "burn_down" in names:
        burn_down = ask(
            "select day, tasks_open, tasks_done from models.burn_down "
            "where project_id = %s and is_working order by day desc limit 20",
            project.value,
        )
        slowest = ask(
            "select status, sum(visits) as visits, sum(working_minutes) / 60.0 as working_hours "
            "from models.time_in_status where project_id = %s and entity_type = 'Task' "
            "group by status order by working_hours desc",
            project.value,
        )
        shown = mo.hstack([burn_down, slowest])
    else:
        burn_down = slowest = None
        shown = mo.md("They are not built yet: `make demo`, or materialize them in `make dev`.")
    shown
    return burn_down, names, slowest


if __name__ == "__main__":
    app.run()
