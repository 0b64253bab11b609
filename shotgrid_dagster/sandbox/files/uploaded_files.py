"""Bytes arrive at the signed address of an upload."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from shotgrid_dagster.sandbox.access.signatures import is_open
from shotgrid_dagster.sandbox.calls.calls import Site
from shotgrid_dagster.sandbox.files import uploads
from shotgrid_dagster.sandbox.files.stored_files import DENIED


async def receive(request: Request) -> Response:
    """PUT of a file, or of one part of it; the answer's `ETag` is the tag of the bytes."""
    site: Site = request.app.state.site
    query = request.query_params
    if not is_open(query, site.settings["signing_key"], site.clock(), "PUT"):
        return Response(DENIED, 403, media_type="application/xml")
    content = await request.body()
    path = f"/{request.path_params['path']}"

    def keep() -> str:
        with site.connections.borrowed() as connection:
            if "uploadId" in query:
                number = int(query["partNumber"])
                return uploads.keep_part(connection, query["uploadId"], number, content)
            return uploads.keep(connection, path, content)

    tag = await run_in_threadpool(keep)
    return Response(status_code=200, headers={"etag": f'"{tag}"'})
