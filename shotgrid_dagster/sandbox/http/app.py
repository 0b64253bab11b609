"""The sandbox site as an ASGI application."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from shotgrid_dagster.sandbox import errors
from shotgrid_dagster.sandbox.access.auth import Authority
from shotgrid_dagster.sandbox.access.signatures import MEDIA
from shotgrid_dagster.sandbox.access.tokens import Caller
from shotgrid_dagster.sandbox.calls.calls import Answer, Call, Site
from shotgrid_dagster.sandbox.calls.entity_segments import EntitySegments
from shotgrid_dagster.sandbox.calls.replies import Reply, refusal
from shotgrid_dagster.sandbox.faults import faults
from shotgrid_dagster.sandbox.faults.fault_injection import FaultInjection
from shotgrid_dagster.sandbox.faults.faults import Faults
from shotgrid_dagster.sandbox.files import stored_files, uploaded_files
from shotgrid_dagster.sandbox.http import request_counts
from shotgrid_dagster.sandbox.http.cors import Cors
from shotgrid_dagster.sandbox.http.request_counts import RequestCounts
from shotgrid_dagster.sandbox.http.site_time import Dated
from shotgrid_dagster.sandbox.http.write_guard import Guarded, WriteGuard
from shotgrid_dagster.sandbox.operations.operation import Operation
from shotgrid_dagster.sandbox.operations.routes import OPERATIONS
from shotgrid_dagster.sandbox.query.filters.filters import ARRAY, HASH
from shotgrid_dagster.sandbox.query.values import PENDING_PATH
from shotgrid_dagster.sandbox.store.connections import Connections
from shotgrid_dagster.sandbox.store.schema import EntityType
from shotgrid_dagster.sandbox.store.site_clock import SiteClock
from shotgrid_dagster.sandbox.writes.edit import Transactions
from shotgrid_dagster.sandbox.writes.policy import WritePolicy

PREFIXES = ("/api/v1", "/api/v1.1")
NOBODY = Caller("", 0)
"""Who calls what needs no token."""


def create_app(
    database: Path,
    *,
    schema: Mapping[str, EntityType] | None = None,
    authority: Authority | None = None,
    clock: Callable[[], datetime] | None = None,
    policy: WritePolicy | None = None,
    read_only: bool = False,
) -> Starlette:
    """The site that `database` holds.

    `schema`: its entity types, else the sandbox's own; what clients make of fields is entered in
    it. `authority`: who may sign in, else the scripts that the database names. `clock`: the site's
    time, else the one that the database keeps; stamps of rows, relative dates, signatures and the
    `Date` of answers follow it. `policy`: how the site takes writes. `read_only`: every write is
    answered with a 500, and noted down in `app.state.write_guard.refused`.
    """
    if schema is None:
        from shotgrid_dagster.sandbox.entity_types import SCHEMA

        schema = SCHEMA.copy()
    known = schema if isinstance(schema, dict) else dict(schema)

    site_clock = SiteClock(clock)
    connections = Connections(database, site_clock)

    def look() -> datetime:
        with connections.borrowed() as connection:
            return site_clock.look(connection)

    with connections.borrowed() as connection:
        site_clock.look(connection)
        settings = dict(connection.execute("select name, value from _site"))
    if authority is None:
        kinds = ("script", "logged_script")
        scripts = {
            settings[f"{kind}_name"]: settings[f"{kind}_key"]
            for kind in kinds
            if f"{kind}_name" in settings
        }
        authority = Authority(scripts, settings["signing_key"])
    transactions = Transactions(known, policy or WritePolicy())
    site = Site(
        known, EntitySegments(known), connections, authority, settings, site_clock, transactions
    )
    with connections.borrowed() as connection:
        site.adopt_fields(connection)
    guard = WriteGuard(read_only)
    requests: Counter[str] = Counter()
    injected = Faults()
    routes = [route for prefix in PREFIXES for route in _api(site, prefix)]
    app = Starlette(
        routes=[*routes, *_beside_the_api()],
        middleware=[
            Middleware(Dated, look=look),
            Middleware(RequestCounts, counts=requests),
            Middleware(Cors),
            Middleware(Guarded, guard=guard),
            Middleware(FaultInjection, faults=injected),
        ],
        exception_handlers={HTTPException: _unrouted, Exception: _broken},
    )
    app.router.redirect_slashes = False
    app.state.site = site
    app.state.requests = requests
    app.state.faults = injected
    app.state.write_guard = guard
    return app


def _api(site: Site, prefix: str) -> list[Route]:
    """The operations below one prefix."""
    return [
        Route(
            prefix + operation.path, _endpoint(site, prefix, operation), methods=[operation.method]
        )
        for operation in OPERATIONS
    ]


def _beside_the_api() -> list[Route]:
    """Stored files, and what only a sandbox has."""
    return [
        Route(MEDIA + "/{path:path}", stored_files.stored_file, methods=["GET", "HEAD"]),
        Route(MEDIA + "/{path:path}", uploaded_files.receive, methods=["PUT"]),
        Route(PENDING_PATH, stored_files.pending_thumbnail),
        Route("/_sandbox/requests", request_counts.requests, methods=["GET", "DELETE"]),
        Route("/_sandbox/faults", faults.control, methods=["GET", "POST", "DELETE"]),
    ]


def _endpoint(site: Site, prefix: str, operation: Operation) -> Callable[[Request], object]:
    """What Starlette calls. Handlers work in threads: SQLite writes a page without the GIL."""

    async def endpoint(request: Request) -> Response:
        if any(kind in request.headers.get("accept", "") for kind in (ARRAY, HASH)):
            return Reply(Answer((b"",), 406))
        body = await request.body()

        def work() -> Answer:
            caller = NOBODY
            if operation.token:
                bearer = request.headers.get("authorization")
                with site.connections.borrowed() as connection:
                    caller = site.authority.caller(bearer, connection)
            call = Call(
                site=site,
                caller=caller,
                prefix=prefix,
                path=request.url.path,
                segments=request.path_params,
                query_string=request.url.query,
                content_type=request.headers.get("content-type"),
                host=f"{request.url.scheme}://{request.url.netloc}",
                body=body,
            )
            return operation.handler(call)

        try:
            return Reply(await run_in_threadpool(work))
        except errors.ApiError as problem:
            return refusal(problem)

    return endpoint


async def _unrouted(_: Request, __: Exception) -> Response:
    return refusal(errors.no_such_route())


async def _broken(_: Request, __: Exception) -> Response:
    return refusal(errors.server_error())
