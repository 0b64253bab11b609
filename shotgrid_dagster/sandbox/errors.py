"""What the site answers when it refuses: one array of errors, even for one problem."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping

INVALID = 103
REFUSED = 104
UNAUTHORIZED = 102
HIGHER_LEVEL = 110
BROKEN = 100


class ApiError(Exception):
    """A refusal: an HTTP status, the site's own code, and the texts of the error array."""

    def __init__(
        self,
        status: int,
        code: int,
        title: str,
        source: Mapping[str, object] | None = None,
        detail: str | None = None,
        meta: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(title if detail is None else f"{title}: {detail}")
        self.status = status
        self.code = code
        self.title = title
        self.source = source
        self.detail = detail
        self.meta = meta

    def body(self) -> bytes:
        """The JSON of the error array, with an id that is new on every call."""
        error = {
            "id": uuid.uuid4().hex,
            "status": self.status,
            "code": self.code,
            "title": self.title,
            "source": self.source,
            "detail": self.detail,
            "meta": self.meta,
        }
        return json.dumps({"errors": [error]}, separators=(",", ":")).encode()


def invalid(title: str, source: Mapping[str, object] | None = None) -> ApiError:
    """400/103: the request is malformed."""
    return ApiError(400, INVALID, title, source)


def invalid_parameters(**source: str | Mapping[str, object]) -> ApiError:
    """400/103 that names each wrong parameter: `invalid_parameters(text="text must be filled")`.

    What is wrong stands in a list; of a parameter with parts, below the part's name or position:
    `invalid_parameters(page={"size": "size must ..."})`.
    """
    return ApiError(400, INVALID, "Request Parameters invalid.", _listed(source))


def _listed(source: Mapping[str, object]) -> dict[str, object]:
    return {
        name: _listed(said) if isinstance(said, Mapping) else [said]
        for name, said in source.items()
    }


def invalid_link(verb: str, sent: str, legal: Iterable[str]) -> ApiError:
    """400/103 of a link without a type, or of one that the field does not take.

    `sent`: the value as Ruby spells it; `legal`: the site's entity types.
    """
    types = ", ".join(f'"{name}"' for name in legal)
    title = f"API {verb}() invalid/missing entity hash string 'type': {sent}"
    return invalid(f"{title} Valid entity types: [{types}]", {})


def no_link(verb: str, sent: str) -> ApiError:
    """400/103 of a member of a multi link that is no hash. `sent`: as Ruby spells it."""
    return invalid(f"API {verb}() invalid/missing entity hash: {sent}", {})


def refused(title: str) -> ApiError:
    """400/104: the record layer refused (validation, permission, database)."""
    return ApiError(400, REFUSED, title)


def unauthorized() -> ApiError:
    """401: no bearer, a malformed or an expired one, or a spent refresh token."""
    return ApiError(401, UNAUTHORIZED, "Unauthorized")


def needs_higher_level(title: str) -> ApiError:
    """401/110: another permission group may do this."""
    return ApiError(401, HIGHER_LEVEL, title)


def no_such_route() -> ApiError:
    """404/103 of a path that is not routed: `detail` is null."""
    return ApiError(404, INVALID, "Not Found")


def no_such_entity_type(segment: str) -> ApiError:
    """404/103 of a path that names a type that is not there."""
    return ApiError(404, INVALID, "Not Found", detail=f"Entity type '{segment}' does not exist.")


def no_such_field(entity_type: str, field: str) -> ApiError:
    """404/103 of a path that names a field that is not there."""
    detail = f"Field '{entity_type}.{field}' does not exist."
    return ApiError(404, INVALID, "Not Found", detail=detail)


def no_such_row(entity_type: str, row_id: int) -> ApiError:
    """404/104: never existed or retired, in one and the same text."""
    return ApiError(404, REFUSED, "Not Found", detail=f"{entity_type}: {row_id} not found")


def unsupported_content_type(content_type: str, legal: tuple[str, ...]) -> ApiError:
    """415, which names the content types that are taken."""
    listed = ", ".join(f"'{name}'" for name in legal)
    source = {"content_type": f"Content-Type must be one of: {listed}."}
    return ApiError(415, INVALID, f"Unsupported Content-Type '{content_type}'", source)


def server_error() -> ApiError:
    """500: what the site answers to what it cannot digest; retrying does not help."""
    return ApiError(500, BROKEN, "Shotgun Server Error")
