"""The views that turn a column of links into rows to join through.

`shots__assets` has a row for each link in `shots.assets`: `parent_id`, `position` (from 0, the
site's order), `link__id`, `link__type`, `link__name`. The links live in their row, so a row and
its links never disagree; the view only unfolds them.
"""

from __future__ import annotations

from collections.abc import Mapping

from shotgrid_dagster.destination.tables import Tables


def make_link_views(tables: Tables, table: str, views: Mapping[str, str]) -> None:
    """Make or renew the views of one table, where the destination has them.

    `views` is column -> name of its view.
    """
    template = tables.dialect.link_view
    if template is None or not views:
        return
    with tables.client() as client:
        for column, view in views.items():
            client.execute_sql(
                template.format(
                    view=client.make_qualified_table_name(view),
                    table=client.make_qualified_table_name(table),
                    column=client.escape_column_name(column),
                )
            )
