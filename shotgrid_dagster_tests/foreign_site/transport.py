"""Ways in which an answer does not arrive as it should: bytes on a real socket."""

from __future__ import annotations

import gzip
import socket
import struct
import time
import zlib
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler

Handler = BaseHTTPRequestHandler
Sender = Callable[[Handler, bytes], None]

PAGE = b"<!DOCTYPE html><html><head><title>Please wait</title></head><body></body></html>"


def _raw(handler: Handler, *pieces: bytes) -> None:
    handler.close_connection = True
    for piece in pieces:
        handler.wfile.write(piece)
        handler.wfile.flush()


def _head(status: str = "200 OK", /, **headers: object) -> bytes:
    named: dict[str, object] = {"Content_Type": "application/json", **headers}
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in named.items()]
    return "\r\n".join([f"HTTP/1.1 {status}", *lines, "", ""]).encode()


def _whole(handler: Handler, body: bytes, status: str = "200 OK", /, **headers: object) -> None:
    _raw(handler, _head(status, Content_Length=len(body), **headers), body)


def _ordinary(handler: Handler, body: bytes) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def _reset(handler: Handler, body: bytes) -> None:
    _raw(handler, _head(Content_Length=len(body)), body[: len(body) // 2])
    time.sleep(0.02)
    linger = struct.pack("ii", 1, 0)
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    handler.connection.close()


def _stalls(handler: Handler, body: bytes) -> None:
    _raw(handler, _head(Content_Length=len(body)), body[: len(body) // 2])
    time.sleep(0.8)


def _drips(handler: Handler, body: bytes) -> None:
    pieces = [
        body[at : at + max(1, len(body) // 10)]
        for at in range(0, len(body), max(1, len(body) // 10))
    ]
    _raw(handler, _head(Content_Length=len(body)))
    for piece in pieces:
        time.sleep(0.02)
        _raw(handler, piece)


def _chunk(body: bytes) -> bytes:
    return f"{len(body):x}\r\n".encode() + body + b"\r\n"


def _chunked(handler: Handler, *pieces: bytes, **headers: object) -> None:
    _raw(handler, _head(Transfer_Encoding="chunked", **headers), *pieces)


SENDERS: dict[str, Sender] = {
    "": _ordinary,
    "reset in the middle of the body": _reset,
    "closed in the middle of the body": lambda h, b: _raw(
        h, _head(Content_Length=len(b)), b[: len(b) // 2]
    ),
    "closed before a word": lambda h, b: _raw(h),
    "closed in the middle of the head": lambda h, b: _raw(h, b"HTTP/1.1 200 OK\r\nContent-T"),
    "no HTTP": lambda h, b: _raw(h, b"220 mail.example ESMTP ready\r\n"),
    "content-length too short": lambda h, b: _raw(h, _head(Content_Length=len(b) // 2), b),
    "content-length too long": lambda h, b: _raw(h, _head(Content_Length=len(b) + 9), b),
    "content-length is no number": lambda h, b: _raw(
        h, _head(Content_Length="many"), b[: len(b) // 2]
    ),
    "no length, broken off": lambda h, b: _raw(h, _head(), b[: len(b) // 2]),
    "chunked, without an end": lambda h, b: _chunked(h, _chunk(b)),
    "chunked, broken off in a chunk": lambda h, b: _chunked(h, _chunk(b)[: len(b) // 2]),
    "chunked, the size is no number": lambda h, b: _chunked(h, b"zz\r\n", b),
    "chunked, half of it": lambda h, b: _chunked(h, _chunk(b[: len(b) // 2]), b"0\r\n\r\n"),
    "gzip, truncated": lambda h, b: _whole(
        h, gzip.compress(b)[: len(gzip.compress(b)) // 2], Content_Encoding="gzip"
    ),
    "gzip, damaged": lambda h, b: _whole(
        h, gzip.compress(b)[:12] + b"\xff" * 20, Content_Encoding="gzip"
    ),
    "gzip that is none": lambda h, b: _whole(h, b, Content_Encoding="gzip"),
    "deflate, truncated": lambda h, b: _whole(
        h, zlib.compress(b)[: len(zlib.compress(b)) // 2], Content_Encoding="deflate"
    ),
    "an encoding that nobody knows": lambda h, b: _whole(
        h, gzip.compress(b), Content_Encoding="lzma9"
    ),
    "a stall in the body": _stalls,
    "a page with 200": lambda h, b: _whole(h, PAGE, Content_Type="text/html"),
    "a page that says that it is JSON": lambda h, b: _whole(h, PAGE),
    "empty with 200": lambda h, b: _whole(h, b""),
    "204": lambda h, b: _raw(h, _head("204 No Content")),
    "a redirect to itself": lambda h, b: _whole(h, b"", "302 Found", Location=h.path),
    "a redirect for ever": lambda h, b: _whole(
        h, b"", "301 Moved", Location="http://127.0.0.1:1/api/v1.1"
    ),
    "304": lambda h, b: _raw(h, _head("304 Not Modified")),
    "two documents": lambda h, b: _whole(h, b + b),
    "not JSON": lambda h, b: _whole(h, bytes(range(256))),
    "a byte order mark": lambda h, b: _whole(h, b"\xef\xbb\xbf" + b),
    "UTF-16": lambda h, b: _whole(h, b.decode(errors="replace").encode("utf-16")),
    "500 with a page": lambda h, b: _whole(h, PAGE, "500 Oh", Content_Type="text/html"),
    "502": lambda h, b: _whole(h, b"", "502 Bad Gateway"),
    "503, wait as long as nobody can": lambda h, b: _whole(h, b"", "503 No", Retry_After="1e400"),
    "429, wait until long ago": lambda h, b: _whole(
        h, b"", "429 No", Retry_After="Thu, 01 Jan 1970 00:00:00 GMT"
    ),
    "429, wait for a word": lambda h, b: _whole(h, b"", "429 No", Retry_After="soon"),
    "408": lambda h, b: _whole(h, b"", "408 Request Timeout"),
    "418": lambda h, b: _whole(h, b"{}", "418 I'm a teapot"),
    "999": lambda h, b: _whole(h, b"", "999 Denied"),
    "a header that is too long": lambda h, b: _whole(h, b, X_Padding="x" * 100_000),
    "too many headers": lambda h, b: _whole(h, b, **{f"X_{n}": n for n in range(300)}),
}
"""Name -> how an answer is sent. Each makes it unusable, but the first."""

HARMLESS: dict[str, Sender] = {
    "a slow drip": _drips,
    "chunked": lambda h, b: _chunked(
        h, *(_chunk(b[at : at + 100]) for at in range(0, len(b), 100)), b"0\r\n\r\n"
    ),
    "gzip": lambda h, b: _whole(h, gzip.compress(b), Content_Encoding="gzip"),
    "no length, closed at the end": lambda h, b: _raw(h, _head(), b),
    "a date that is none": lambda h, b: _whole(h, b, Date="Mon, 99 Foo 99999 99:99:99 GMT"),
    "a date of the year 1": lambda h, b: _whole(h, b, Date="Mon, 01 Jan 0001 00:00:00 +1400"),
    "a date beyond all calendars": lambda h, b: _whole(
        h, b, Date="Fri, 31 Dec 9999 23:59:59 -1400"
    ),
    "another type of content": lambda h, b: _whole(h, b, Content_Type="text/plain"),
    "hints first": lambda h, b: _raw(
        h, b"HTTP/1.1 100 Continue\r\n\r\n", _head(Content_Length=len(b)), b
    ),
    "a header of other letters": lambda h, b: _raw(
        h, _head(Content_Length=len(b))[:-2] + "X-Name: Öğe\r\n\r\n".encode(), b
    ),
}
"""Name -> odd ways to send an answer that can be used."""

FAULTS = [name for name in SENDERS if name]
SENDERS |= HARMLESS
