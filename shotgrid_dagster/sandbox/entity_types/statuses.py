"""The statuses of the studio, and the status fields that choose among them."""

from __future__ import annotations

from collections.abc import Sequence

from shotgrid_dagster.sandbox.entity_types.fields import FieldOf
from shotgrid_dagster.sandbox.store.schema import Field

SHIPPED = {
    "act": "Active",
    "apr": "Approved",
    "cfrm": "Confirmed",
    "clsd": "Closed",
    "cmpt": "Complete",
    "dis": "Disabled",
    "dlvr": "Delivered",
    "fin": "Final",
    "hld": "On Hold",
    "ip": "In Progress",
    "na": "N/A",
    "omt": "Omit",
    "opn": "Open",
    "pndng": "Pending",
    "recd": "Received",
    "res": "Resolved",
    "rev": "Pending Review",
    "vwd": "Viewed",
    "wtg": "Waiting to Start",
}
"""Statuses every site starts with."""

OWN = {
    "awd": "Awarded",
    "bid": "Bidding",
    "custom": "Custom",
    "cli": "Sent to Client",
    "cref": "Client Reference",
    "part": "Partially Approved",
    "pass": "Passed",
    "pndad": "Pending Art Director",
    "pndl": "Pending Lead",
    "pndvs": "Pending Supervisor",
    "ready": "Ready to Start",
    "tech": "Tech Fix",
    "to": "Turned Over",
}
"""Statuses the studio added."""

RETIRED = {
    "blk": "Blocking",
    "cbb": "CBB",
    "late": "Late",
    "out": "Outsourced",
    "plsh": "Polish",
    "rdy": "Ready to Start",
    "rrq": "Revision Requested",
    "rsk": "At Risk",
    "tkt": "Pending Ticket Resolution",
}
"""Statuses that were deleted; rows may still carry their codes."""

COLORS = {
    "apr": "38,128,84",
    "clsd": "120,130,140",
    "cmpt": "90,160,110",
    "fin": "76,170,104",
    "hld": "206,104,76",
    "ip": "74,144,217",
    "na": "176,180,186",
    "omt": "128,120,120",
    "opn": "230,126,34",
    "rev": "240,190,70",
    "vwd": "140,190,230",
    "wtg": "205,210,216",
}
"""The colours of those that a studio looks at all day."""

SYSTEM = frozenset({"act", "dis", "ip", "na", "cfrm", "pndng"})
"""Statuses nobody can delete."""

_NAMES = {**SHIPPED, **OWN, **RETIRED}
_status_list = FieldOf("status_list", hidden_values=[])


def status_list(
    valid_values: str,
    default: str | None,
    *,
    name: str = "sg_status_list",
    display_name: str = "Status",
    custom: bool = False,
    summary_default: str = "status_list",
) -> Field:
    """A status field; `valid_values` are short codes with blanks between them."""
    codes: Sequence[str] = valid_values.split()
    return _status_list(
        name,
        display_name,
        custom=custom,
        default_value=default,
        summary_default=summary_default,
        valid_values=list(codes),
        display_values={code: _NAMES[code] for code in codes},
    )
