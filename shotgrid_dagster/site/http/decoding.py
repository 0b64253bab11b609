"""The body of a reply as a value.

JSON that broke off is worth another try; JSON of another shape than the API's is an error at once,
because it would come again.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

import msgspec

from shotgrid_dagster.site.errors import UNCHANGED, MalformedAnswer
from shotgrid_dagster.site.http.address import API
from shotgrid_dagster.site.http.answers import page_title
from shotgrid_dagster.site.http.messages import Reply
from shotgrid_dagster.site.http.transient import Cause, TransientError

T = TypeVar("T")


@dataclass(frozen=True)
class Answer(Generic[T]):
    """A decoded answer, the size of its body in bytes, and the site's own time (UTC)."""

    value: T
    size: int
    at: datetime
    """By the site's clock, see `SiteClock.at`; not just what this one answer says."""


def decoded(reply: Reply, decode: Callable[[bytes], T]) -> T:
    """The value in the body of a reply.

    Args:
        reply: of a status that means success.
        decode: raises msgspec.ValidationError for JSON of another shape.

    Raises:
        MalformedAnswer: it is JSON of another shape; the sentence has the URL.
        TransientError: it is a web page, or no JSON.
    """
    try:
        return _readable(reply.raw, decode)
    except RecursionError:
        why = "it is nested too deep"
    except msgspec.ValidationError as error:
        why = str(error)
    except msgspec.DecodeError as error:
        if not reply.raw.startswith(codecs.BOM_UTF8) or reply.is_page:
            raise unreadable(reply, error) from error
        why = "a byte order mark is in front of it"
    raise MalformedAnswer(
        f"{reply.url} answered with JSON of another shape than the API's: {why}.",
        f"{UNCHANGED}, and asking again would not help: tell the site's administrator, and whoever "
        "runs a proxy on the way.",
    )


_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(?P<half>u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)


def _readable(raw: bytes, decode: Callable[[bytes], T]) -> T:
    """The value of an answer in which texts may be no texts.

    Halves of surrogate pairs, and bytes that are no UTF-8, become U+FFFD. Rows are decoded by what
    keeps such values apart.
    """
    try:
        return decode(raw)
    except msgspec.ValidationError:
        raise
    except (msgspec.DecodeError, UnicodeDecodeError):
        mended = raw.decode(errors="replace").encode()
        mended = _ESCAPE.sub(lambda found: rb"\ufffd" if found["half"] else found[0], mended)
        if mended == raw:
            raise
        return decode(mended)


def unreadable(reply: Reply, error: Exception) -> TransientError:
    """What is wrong with a reply that is no JSON."""
    answered = f"{reply.base_url} answered {API}{reply.request.path}"
    if reply.is_page:
        return TransientError(
            f"{answered} with a page instead of JSON{page_title(reply.raw)}: a login page, a proxy "
            "or maintenance. Open the address in a browser, and check site_url",
            Cause.PAGE,
        )
    return TransientError(f"{answered} with broken JSON ({error})", Cause.BROKEN_JSON)
