"""The setting `query_fields`."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import PlainValidator

from shotgrid_dagster.config.section import CanBe

Chosen = bool | tuple[str, ...]
"""The setting `query_fields`: all of them, none, or those that are named as `Type.field`."""


def _chosen(setting: object) -> Chosen:
    if isinstance(setting, str) and setting.strip().lower() in ("true", "false"):
        return setting.strip().lower() == "true"
    if isinstance(setting, bool):
        return setting
    if not isinstance(setting, (list, tuple)):
        raise ValueError
    names = [name for name in setting if isinstance(name, str) and re.fullmatch(r"\w+\.\w+", name)]
    if len(names) != len(setting):
        raise ValueError
    return tuple(names)


QueryFields = Annotated[
    Chosen,
    PlainValidator(_chosen),
    CanBe("true, false or a list of fields such as ['Shot.sg_approved_versions']"),
]
