"""`GET /entity/<type>` and `POST /entity/<type>/_search`: pages of rows, always with a next."""

from __future__ import annotations

import json
import re
from urllib.parse import parse_qsl, urlencode

from shotgrid_dagster.sandbox import errors
from shotgrid_dagster.sandbox.calls.calls import Answer, Call
from shotgrid_dagster.sandbox.query import read_parameters
from shotgrid_dagster.sandbox.query.bindings import Bindings
from shotgrid_dagster.sandbox.query.filters.conditions import condition
from shotgrid_dagster.sandbox.query.filters.filters import ARRAY, HASH, FilterScope, where
from shotgrid_dagster.sandbox.reads.pages import page_of_rows

FILTER = re.compile(r"filter\[([^\]]+)\]")


def listing(call: Call) -> Answer:
    """A page of a GET; `filter[path]=value` is equality, a comma list means any of them."""
    entity_type = call.entity_type
    parameters = read_parameters.from_query(call.query)
    bindings = Bindings()
    conditions = ["1"]
    for name, value in call.query.items():
        match = FILTER.fullmatch(name)
        if match is not None:
            relation = "in" if "," in value else "is"
            sent = (match[1], relation, value.split(",") if "," in value else value)
            conditions.append(
                condition(call.site.schema, entity_type, sent, "read", bindings, call.site.clock())
            )
    text, count = page_of_rows(call, entity_type, " and ".join(conditions), bindings, parameters)
    address = f"{call.prefix}/entity/{entity_type.slug}"
    query = parse_qsl(call.query_string, keep_blank_values=True)
    plain = [(name, value) for name, value in query if name != "page[number]"]
    links = {"self": _address(address, query)}
    links |= _neighbours(address, plain, parameters)
    return _page(text, count, links)


def search(call: Call) -> Answer:
    """A page of a search. What is asked stands in the body, or else in the query string."""
    entity_type = call.entity_type
    content_type = vendor_content_type(call)
    body = call.json_body()
    if "filters" not in body:
        raise errors.invalid_parameters(filters="filters is missing")
    parameters = read_parameters.from_body(body, call.query)
    bindings = Bindings()
    scope = FilterScope(call.site.schema, entity_type, "read", call.site.clock())
    found = where(scope, body["filters"], content_type, bindings)
    text, count = page_of_rows(call, entity_type, found, bindings, parameters)
    address = f"{call.prefix}/entity/{entity_type.slug}/_search"
    return _page(text, count, {"self": address} | _neighbours(address, [], parameters))


def vendor_content_type(call: Call) -> str:
    """The filter syntax that the content type names. Raises the 415 of any other."""
    kind = (call.content_type or "").split(";")[0].strip().lower()
    if kind not in (ARRAY, HASH):
        raise errors.unsupported_content_type(kind, (ARRAY, HASH))
    return kind


def _neighbours(
    address: str, query: list[tuple[str, str]], parameters: read_parameters.ReadParameters
) -> dict[str, str]:
    """`next`, behind the last row too, and from page 2 on `prev`."""
    if not any(name == "page[size]" for name, _ in query):
        query = [*query, ("page[size]", str(parameters.size))]
    links = {"next": _address(address, [("page[number]", str(parameters.number + 1)), *query])}
    if parameters.number > 1:
        links["prev"] = _address(address, [("page[number]", str(parameters.number - 1)), *query])
    return links


def _address(address: str, query: list[tuple[str, str]]) -> str:
    return f"{address}?{urlencode(query)}" if query else address


def _page(text: bytes, count: int, links: dict[str, str]) -> Answer:
    tail = f'],"links":{json.dumps(links, separators=(",", ":"))}}}'.encode()
    return Answer((b'{"data":[', text, tail), rows=count)
