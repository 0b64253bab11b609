"""`POST /auth/access_token`."""

from __future__ import annotations

from shotgrid_dagster.sandbox.access import auth
from shotgrid_dagster.sandbox.calls.calls import Answer, Call, answer


def access_token(call: Call) -> Answer:
    """A bearer for ten minutes, and a token to renew it with."""
    arguments = auth.grant_arguments(call.content_type, call.query_string, call.body)
    with call.site.connections.borrowed() as connection:
        granted = call.site.authority.grant(arguments, call.host.split("//")[1], connection)
    return answer(granted)
