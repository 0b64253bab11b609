"""The pipeline that dlt's own tooling makes of the site's API description, as people run it.

    python -m benchmarks.generated site.json [parquet]       (in an empty folder)

dlt's `rest_api` source with the data selector `data` and a JSON paginator on `links.next`. A site
sends that link on empty pages too, so the paginator is made to stop on one: otherwise the pipeline
never ends. Nothing else is tuned; `parquet` adds `loader_file_format="parquet"`. Prints `rows`, and
the versions of `dlt` and `duckdb`.
"""

from __future__ import annotations

import json
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import dlt
from dlt.extract.source import DltSource
from dlt.sources.helpers.rest_client.auth import OAuth2ClientCredentials
from dlt.sources.helpers.rest_client.paginators import JSONLinkPaginator
from dlt.sources.rest_api import rest_api_source
from dlt.sources.rest_api.typing import RESTAPIConfig
from requests import Response


class UntilEmpty(JSONLinkPaginator):
    """Follows `links.next` until a page has no rows."""

    def update_state(self, response: Response, data: list[Any] | None = None) -> None:
        super().update_state(response, data)
        if not data:
            self._next_reference = None


def tasks(address: str, client_id: str, client_secret: str) -> DltSource:
    """The source of one resource, `tasks`, with all fields."""
    api = f"http://{address}/api/v1/"
    config: RESTAPIConfig = {
        "client": {
            "base_url": api,
            "auth": OAuth2ClientCredentials(
                access_token_url=f"{api}auth/access_token",
                client_id=client_id,
                client_secret=client_secret,
            ),
            "paginator": UntilEmpty(next_url_path="links.next"),
        },
        "resources": [
            {
                "name": "tasks",
                "endpoint": {
                    "path": "entity/tasks",
                    "params": {"fields": "*"},
                    "data_selector": "data",
                },
            }
        ],
    }
    return rest_api_source(config)


def main() -> None:
    site = json.loads(Path(sys.argv[1]).read_text())
    file_format: Any = "parquet" if "parquet" in sys.argv[2:] else None
    pipeline = dlt.pipeline(
        "generated", destination="duckdb", dataset_name="shotgrid", pipelines_dir="pipelines"
    )
    pipeline.run(tasks(**site), loader_file_format=file_format)
    with pipeline.sql_client() as client:
        counted = client.execute_sql("select count(*) from tasks")
    versions = {name: version(name) for name in ("dlt", "duckdb")}
    print(json.dumps({"rows": counted[0][0] if counted else 0, **versions}))


if __name__ == "__main__":
    main()
