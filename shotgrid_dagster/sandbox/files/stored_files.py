"""Stored files at their signed addresses: small, the same bytes for the same path at all times."""

from __future__ import annotations

import hashlib
import re
import struct
import zlib
from pathlib import PurePosixPath

from starlette.requests import Request
from starlette.responses import Response

from shotgrid_dagster.sandbox.access.signatures import is_open
from shotgrid_dagster.sandbox.calls.calls import Site
from shotgrid_dagster.sandbox.files import uploads
from shotgrid_dagster.sandbox.writes.web_files import content_type

PICTURES = (".jpg", ".jpeg", ".png", ".gif")
WIDTH, HEIGHT = 160, 90
FILE_BYTES = 4096
DENIED = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>"
)


def stored_file(request: Request) -> Response:
    """GET with a signature that is good; HEAD, and any other signature, is a 403."""
    site: Site = request.app.state.site
    now = site.clock()
    signed = is_open(request.query_params, site.settings["signing_key"], now)
    if request.method == "HEAD" or not signed:
        return Response(DENIED, 403, media_type="application/xml")
    path = request.path_params["path"]
    with site.connections.borrowed() as connection:
        uploaded = uploads.body(connection, f"/{path}")
    if uploaded is not None:
        kind = content_type(path) or "application/octet-stream"
        return _part(request, uploaded, kind) if uploaded else Response(status_code=404)
    if PurePosixPath(path).suffix.lower() in PICTURES:
        return _part(request, picture(path), "image/png")
    return _part(request, contents(path), "application/octet-stream")


def pending_thumbnail(_: Request) -> Response:
    """The picture of a file that is being transcoded; needs no signature."""
    return Response(picture(""), media_type="image/png")


def contents(path: str) -> bytes:
    """4 kB that follow from the path."""
    return hashlib.shake_256(path.encode()).digest(FILE_BYTES)


def picture(path: str) -> bytes:
    """A PNG of 160x90 in a colour gradient that follows from the path."""
    red, green, blue = hashlib.sha256(path.encode()).digest()[:3]
    rows = []
    for y in range(HEIGHT):
        shade = (HEIGHT - y / 2) / HEIGHT
        pixel = bytes(int(value * shade) for value in (red, green, blue))
        rows.append(b"\0" + pixel * WIDTH)
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(b"".join(rows))), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _part(request: Request, body: bytes, media_type: str) -> Response:
    """The body, or the part of it that a `Range` header names."""
    match = re.fullmatch(r"bytes=(\d*)-(\d*)", request.headers.get("range", ""))
    headers = {"accept-ranges": "bytes"}
    if match is None or match[0] == "bytes=-":
        return Response(body, headers=headers, media_type=media_type)
    if match[1]:
        first, last = int(match[1]), min(int(match[2] or len(body)), len(body) - 1)
    else:
        first, last = max(len(body) - int(match[2]), 0), len(body) - 1
    if first > last:
        return Response(status_code=416, headers={"content-range": f"bytes */{len(body)}"})
    headers["content-range"] = f"bytes {first}-{last}/{len(body)}"
    return Response(body[first : last + 1], 206, headers, media_type)
