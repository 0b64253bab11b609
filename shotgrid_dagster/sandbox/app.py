"""The sandbox site as an ASGI application: which path answers what."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from pathlib import Path

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from shotgrid_dagster.sandbox import (
    auth,
    errors,
    faults,
    listing,
    records,
    request_counts,
    schema_documents,
    site_documents,
    stored_files,
    summarize,
    text_search,
)
from shotgrid_dagster.sandbox.auth import Authority
from shotgrid_dagster.sandbox.calls import Answer, Call, Handler, Site
from shotgrid_dagster.sandbox.connections import Connections
from shotgrid_dagster.sandbox.cors import Cors
from shotgrid_dagster.sandbox.entity_segments import EntitySegments
from shotgrid_dagster.sandbox.fault_injection import FaultInjection
from shotgrid_dagster.sandbox.faults import Faults
from shotgrid_dagster.sandbox.media import MEDIA
from shotgrid_dagster.sandbox.replies import Reply, refusal
from shotgrid_dagster.sandbox.request_counts import RequestCounts
from shotgrid_dagster.sandbox.schema import EntityType
from shotgrid_dagster.sandbox.tokens import Caller
from shotgrid_dagster.sandbox.values import PENDING_PATH

PREFIXES = ("/api/v1", "/api/v1.1")
NOBODY = Caller("", 0)
"""Who calls what needs no token."""


def create_app(
    database: Path,
    *,
    schema: Mapping[str, EntityType] | None = None,
    authority: Authority | None = None,
    clock: Callable[[], datetime] = lambda: datetime.now(timezone.utc),
) -> Starlette:
    """The site that `database` holds.

    `schema`: its entity types, else the sandbox's own. `authority`: who may sign in, else the
    script that the database names. `clock`: the site's time, which relative dates and
    signatures follow.
    """
    if schema is None:
        from shotgrid_dagster.sandbox.entity_types import SCHEMA

        schema = SCHEMA

    def in_utc() -> datetime:
        return clock().astimezone(timezone.utc)

    connections = Connections(database)
    with connections.one() as connection:
        settings = dict(connection.execute("select name, value from _site"))
    if authority is None:
        scripts = {settings["script_name"]: settings["script_key"]}
        authority = Authority(scripts, settings["signing_key"])
    site = Site(schema, EntitySegments(schema), connections, authority, settings, in_utc)
    requests: Counter[str] = Counter()
    injected = Faults()
    routes = [route for prefix in PREFIXES for route in _api(site, prefix)]
    app = Starlette(
        routes=[*routes, *_beside_the_api()],
        middleware=[
            Middleware(RequestCounts, counts=requests),
            Middleware(Cors),
            Middleware(FaultInjection, faults=injected),
        ],
        exception_handlers={HTTPException: _unrouted, Exception: _broken},
    )
    app.router.redirect_slashes = False
    app.state.site = site
    app.state.requests = requests
    app.state.faults = injected
    return app


def _api(site: Site, prefix: str) -> list[Route]:
    """Every operation of the API below one prefix. Order matters: the first match answers."""
    gets: list[tuple[str, Handler]] = [
        ("/schema", schema_documents.entity_types),
        ("/schema/{entity_type}", schema_documents.entity_type),
        ("/schema/{entity_type}/fields", schema_documents.fields),
        ("/schema/{entity_type}/fields/{field}", schema_documents.field),
        ("/preferences", site_documents.preferences),
        ("/license_info", site_documents.license_info),
        ("/schedule/work_day_rules", site_documents.work_day_rules),
        ("/entity/{entity_type}", listing.listing),
        ("/entity/{entity_type}/{record_id}", records.record),
        ("/entity/{entity_type}/{record_id}/relationships/{field}", records.relationship),
        ("/entity/{entity_type}/{record_id}/{field}", records.media_field),
    ]
    posts: list[tuple[str, Handler]] = [
        ("/entity/_text_search", text_search.text_search),
        ("/entity/{entity_type}/_summarize", summarize.summarize),
        ("/entity/{entity_type}/_search", listing.search),
    ]

    def route(path: str, handler: Handler, method: str, token: bool = True) -> Route:
        endpoint = _endpoint(site, prefix, handler, token)
        return Route(prefix + path, endpoint, methods=[method])

    return [
        route("", site_documents.root, "GET", token=False),
        route("/", site_documents.root, "GET", token=False),
        route("/auth/access_token", _access_token, "POST", token=False),
        *(route(path, handler, "GET") for path, handler in gets),
        *(route(path, handler, "POST") for path, handler in posts),
    ]


def _beside_the_api() -> list[Route]:
    """Stored files, and what only a sandbox has."""
    return [
        Route(MEDIA + "/{path:path}", stored_files.stored_file, methods=["GET", "HEAD"]),
        Route(PENDING_PATH, stored_files.pending_thumbnail),
        Route("/_sandbox/requests", request_counts.requests, methods=["GET", "DELETE"]),
        Route("/_sandbox/faults", faults.control, methods=["GET", "POST", "DELETE"]),
    ]


def _endpoint(
    site: Site, prefix: str, handler: Handler, token: bool
) -> Callable[[Request], object]:
    """What Starlette calls. Handlers work in threads: SQLite writes a page without the GIL."""

    async def endpoint(request: Request) -> Response:
        body = await request.body()

        def work() -> Answer:
            bearer = request.headers.get("authorization")
            call = Call(
                site=site,
                caller=site.authority.caller(bearer) if token else NOBODY,
                prefix=prefix,
                path=request.url.path,
                segments=request.path_params,
                query_string=request.url.query,
                content_type=request.headers.get("content-type"),
                host=f"{request.url.scheme}://{request.url.netloc}",
                body=body,
            )
            return handler(call)

        try:
            return Reply(await run_in_threadpool(work))
        except errors.ApiError as problem:
            return refusal(problem)

    return endpoint


def _access_token(call: Call) -> Answer:
    arguments = auth.grant_arguments(call.content_type, call.query_string, call.body)
    with call.site.connections.one() as connection:
        granted = call.site.authority.grant(arguments, call.host.split("//")[1], connection)
    return Answer((json.dumps(granted).encode(),))


async def _unrouted(_: Request, __: Exception) -> Response:
    return refusal(errors.no_such_route())


async def _broken(_: Request, __: Exception) -> Response:
    return refusal(errors.server_error())
