"""The site about itself: the root document, preferences, licences, work days."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache

from shotgrid_dagster.sandbox.calls.calls import Answer, Call, answer
from shotgrid_dagster.sandbox.errors import ApiError, needs_higher_level
from shotgrid_dagster.sandbox.store.refs import unique_id

NOT_AVAILABLE = 111
VERSION = "v8.89.0.9724 (build 47ec49f)"
PREFERENCES: dict[str, object] = {
    "hours_per_day": 8.0,
    "duration_units": "days",
    "date_component_order": "month_day",
    "format_currency_fields_decimal_options": "$1,000.99",
    "format_currency_fields_display_dollar_sign": False,
    "format_currency_fields_negative_options": "- $1,000",
    "format_date_fields": "08/04/22 OR 04/08/22 (depending on the Month order preference)",
    "format_float_fields": "9,999.99",
    "format_float_fields_rounding": "9.999999",
    "format_footage_fields": "10-05",
    "format_number_fields": "1,000",
    "format_time_hour_fields": "12 hour",
    "support_local_storage": True,
    "enable_rv_integration": True,
    "enable_shotgun_review_for_rv": False,
    "last_day_work_week": '{"value":"friday"}',
    "view_master_settings": json.dumps(
        {
            "status_groups": [
                {"name": "Upcoming", "code": "upc_stgr", "status_list": ["wtg", "ready", "rdy"]},
                {
                    "name": "Active",
                    "code": "act_stgr",
                    "status_list": ["ip", "rev", "hld", "opn", "vwd", "pndng", "rrq"],
                },
                {
                    "name": "Done",
                    "code": "done_stgr",
                    "status_list": ["fin", "apr", "cmpt", "clsd", "dlvr", "recd", "res", "pass"],
                },
            ]
        }
    ),
}
"""`view_master_settings` is JSON inside a string, as on a real site; it groups the statuses."""


def root(call: Call) -> Answer:
    """Needs no token. `api_version` is that of the prefix that was called."""
    return answer(
        {
            "data": {
                "shotgun_version": VERSION,
                "api_version": "1.1" if call.prefix.endswith(".1") else "1.0",
                "unified_login_flow_enabled": True,
                "authentication_app_session_launcher_enabled": True,
                "user_authentication_method": "default",
                "site_id": _site_id(call.site.settings),
                "site_name": call.site.settings.get("site_name", "Sandbox"),
                "os": "Amazon Linux",
            },
            "links": {"self": call.prefix},
        }
    )


def _site_id(settings: Mapping[str, str]) -> str:
    """The studio's own, wherever it is served; files of older versions have none in them."""
    known = f"site {settings.get('size')} {settings.get('seed')}"
    return settings.get("site_id") or unique_id(known)


def preferences(call: Call) -> Answer:
    """All of them, or those of `prefs=a,b` that there are."""
    wanted = call.query["prefs"].split(",") if "prefs" in call.query else list(PREFERENCES)
    data = {name: PREFERENCES[name] for name in wanted if name in PREFERENCES}
    return answer({"data": data, "links": {"self": f"{call.prefix}/preferences"}})


def license_info(call: Call) -> Answer:
    """The seats. Raises the 401 of a caller who is no administrator."""
    if not call.caller.rights.level.sees_licences:
        raise needs_higher_level("Must sudo as Administrator to query license information")
    with call.site.connections.borrowed() as connection:
        (assigned,) = connection.execute(
            "select count(*) from human_users where _retired_at is null and sg_status_list = 'act'"
        ).fetchone()
    total = max(50, assigned)
    seats = {"assigned": assigned, "free": total - assigned, "total": total}
    return answer(
        {"data": {**seats, "rule": "quantity", "type": "license-count"}, "status": "success"}
    )


def user_subscriptions(call: Call) -> Answer:
    """`{"12": "not_for_resale", "13": null}`, bare. Whom it names follows no rule that is known."""
    with call.site.connections.borrowed() as connection:
        rows = connection.execute(
            "select id, sg_status_list from human_users where _retired_at is null and id % 5 < 3"
        ).fetchall()
    return answer(
        {str(person): "not_for_resale" if status == "act" else None for person, status in rows}
    )


def update_preferences(_: Call) -> Answer:
    """Always refused."""
    raise ApiError(400, NOT_AVAILABLE, "Updating the preferences is not available")


def exported_page(call: Call) -> Answer:
    """Always refused: no Page is marked for export. The refusal is no JSON."""
    text = f"Export for Page id={call.segments['page_id']} not available"
    return Answer((text.encode(),), 422, "text/csv")


def work_day_rules(call: Call) -> Answer:
    """One row a calendar day, both ends included: the studio works from Monday to Friday.

    Other days are in the site's `_work_days`: `{"": {"2026-12-25": [false, "Christmas"]}}`, where
    the outer key is a project's id, or nothing for the whole studio. An unknown project has the
    studio's days.
    """
    first, last = (_day(call.query.get(name)) for name in ("start_date", "end_date"))
    if first is None or last is None:
        return answer({"status": "error", "error": "invalid date"}, 400)
    exceptions = json.loads(call.site.settings.get("_work_days", "{}"))
    of_both = (exceptions.get(key, {}) for key in ("", call.query.get("project_id")))
    return _work_days(
        first,
        last,
        f"{call.prefix}/schedule/work_day_rules",
        *(json.dumps(days) for days in of_both),
    )


@lru_cache(maxsize=64)
def _work_days(first: date, last: date, address: str, of_studio: str, of_project: str) -> Answer:
    """The answer; a loader asks for the same thousands of days of each project."""
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    exceptions = json.loads(of_studio), json.loads(of_project)
    return answer(
        {"data": [_work_day(day, *exceptions) for day in days], "links": {"self": address}}
    )


def _work_day(
    day: date, of_studio: dict[str, list[object]], of_project: dict[str, list[object]]
) -> dict[str, object]:
    working: object = day.weekday() < 5
    description: object = None
    reason = "STUDIO_WORK_WEEK"
    named = day.isoformat()
    for days, exception in ((of_studio, "STUDIO_EXCEPTION"), (of_project, "PROJECT_EXCEPTION")):
        if named in days:
            working, description = days[named]
            reason = exception
    return {
        "date": named,
        "working": working,
        "description": description,
        "reason": reason,
    }


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text and re.fullmatch(r"[\d-]{10}", text) else None
    except ValueError:
        return None
