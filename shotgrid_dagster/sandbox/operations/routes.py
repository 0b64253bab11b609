"""Every operation of the API. Order matters: the first match answers."""

from __future__ import annotations

import json

from shotgrid_dagster.sandbox.calls.calls import Answer, Call
from shotgrid_dagster.sandbox.operations import access_tokens, specification
from shotgrid_dagster.sandbox.operations.operation import (
    FILTER_BODY,
    FORM_BODY,
    JSON_BODY,
    PAGED,
    READ,
    Operation,
)
from shotgrid_dagster.sandbox.operations.write_routes import SCHEMA_WRITES, UPLOADS, WRITES
from shotgrid_dagster.sandbox.reads import (
    activity_stream,
    attention,
    hierarchy,
    listing,
    records,
    schema_documents,
    site_documents,
    summarize,
    text_search,
)


def spec_json(call: Call) -> Answer:
    """This description, as JSON."""
    return Answer((json.dumps(specification.document(OPERATIONS, call.host), indent=2).encode(),))


def spec_yaml(call: Call) -> Answer:
    """This description, as YAML."""
    text = specification.as_yaml(specification.document(OPERATIONS, call.host))
    return Answer((text.encode(),), content_type="text/yaml")


def spec_in_another_form(_: Call) -> Answer:
    """There is none: the answer has nothing to say."""
    return Answer((b"",), 406)


_ABOUT_THE_SITE = [
    Operation("GET", "", site_documents.root, token=False),
    Operation("GET", "/", site_documents.root, token=False, is_described=False),
    Operation(
        "POST", "/auth/access_token", access_tokens.access_token, body=FORM_BODY,
        answer="AccessToken", token=False,
    ),
    Operation("GET", "/spec.json", spec_json),
    Operation("GET", "/spec.yaml", spec_yaml, answer="Yaml"),
    Operation("GET", "/spec.{form}", spec_in_another_form, is_described=False),
    Operation("GET", "/preferences", site_documents.preferences, query=("prefs",)),
    Operation("PUT", "/preferences/update", site_documents.update_preferences),
    Operation("GET", "/license_info", site_documents.license_info),
    Operation("GET", "/subscription_seat/user_subscriptions", site_documents.user_subscriptions),
    Operation("GET", "/exports/page/{page_id}.{form}", site_documents.exported_page),
    Operation(
        "GET", "/schedule/work_day_rules", site_documents.work_day_rules,
        query=("start_date!", "end_date!", "project_id", "user_id"),
    ),
]  # fmt: skip

_SCHEMA = [
    Operation("GET", "/schema", schema_documents.entity_types, query=("project_id",)),
    Operation("GET", "/schema/{entity_type}", schema_documents.entity_type),
    Operation(
        "GET", "/schema/{entity_type}/fields", schema_documents.fields, query=("project_id",)
    ),
    Operation(
        "GET", "/schema/{entity_type}/fields/{field}", schema_documents.field,
        query=("project_id",),
    ),
]  # fmt: skip

_READS = [
    Operation("POST", "/hierarchy/_expand", hierarchy.expand, body=JSON_BODY),
    Operation("POST", "/hierarchy/_search", hierarchy.search, body=JSON_BODY),
    Operation("POST", "/entity/_text_search", text_search.text_search, body=FILTER_BODY),
    Operation("GET", "/entity/{entity_type}", listing.listing, query=PAGED, answer="Rows"),
    Operation(
        "POST", "/entity/{entity_type}/_search", listing.search, query=PAGED, body=FILTER_BODY,
        answer="Rows",
    ),
    Operation(
        "POST", "/entity/{entity_type}/_summarize", summarize.summarize, body=FILTER_BODY,
        answer="Summaries",
    ),
    Operation("GET", "/entity/{entity_type}/{record_id}", records.record, query=READ, answer="Row"),
    Operation(
        "GET", "/entity/{entity_type}/{record_id}/relationships/{field}", records.relationship,
        answer="Links",
    ),
    Operation("GET", "/entity/{entity_type}/{record_id}/followers", attention.followers),
    Operation(
        "GET", "/entity/{entity_type}/{record_id}/following", attention.following,
        query=("entity", "project_id"),
    ),
    Operation(
        "GET", "/entity/{entity_type}/{record_id}/thread_contents", attention.thread_contents,
        query=("entity_fields[Note]", "entity_fields[Attachment]"),
    ),
    Operation(
        "GET", "/entity/{entity_type}/{record_id}/activity_stream",
        activity_stream.activity_stream, query=("limit", "max_id", "min_id"),
    ),
    Operation(
        "GET", "/entity/{entity_type}/{record_id}/{field}", records.media_field, query=("alt",)
    ),
]  # fmt: skip

OPERATIONS: tuple[Operation, ...] = (
    *_ABOUT_THE_SITE,
    *_SCHEMA,
    *SCHEMA_WRITES,
    *UPLOADS,
    *_READS,
    *WRITES,
)
