"""A section of the settings, read from where it stands and checked as a whole."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TypeVar

from shotgrid_dagster.config.alerts import AlertSettings
from shotgrid_dagster.config.errors import WrongValue
from shotgrid_dagster.config.names import refuse_unknown
from shotgrid_dagster.config.places import Places
from shotgrid_dagster.config.reports import ReportSettings
from shotgrid_dagster.config.schedules import ScheduleSettings
from shotgrid_dagster.config.section import Section
from shotgrid_dagster.config.settings import Settings
from shotgrid_dagster.site.errors import AddressRefused

S = TypeVar("S", bound=Section)

SECTIONS: tuple[type[Section], ...] = (Settings, ScheduleSettings, ReportSettings, AlertSettings)
"""All the sections that are ours, in the order of `.dlt/config.toml`."""


def read_section(
    section: type[S],
    folder: Path | None = None,
    given: Mapping[str, object] | None = None,
    vaults: Collection[str] = (),
) -> S:
    """The settings of one section; those that are set nowhere have their defaults.

    Args:
        section: its model.
        folder: of the project; by default the one that dlt works in.
        given: values that go before what is set.
        vaults: the settings that may come from a vault of dlt's (a request each).

    Raises:
        SettingsError: a file is not TOML; a name in it or a variable is no setting, in whatever
            section of ours; a value of this section is not possible.
        AddressRefused: `site_url` cannot be a site.
    """
    places = Places.of(folder)
    refuse_unknown(SECTIONS, places.files, os.environ)
    values = dict(given or {})
    place_of: dict[str, str] = {}
    for name, about in section.model_fields.items():
        if name in values:
            continue
        home = section.BORROWED.get(name, section.SECTION)
        setting = places.find(home, name, about, in_vaults=name in vaults)
        if setting is not None:
            values[name], place_of[name] = setting.value, setting.place
    try:
        return section(**values)
    except WrongValue as error:
        raise (error.at(place_of[error.setting]) if error.setting in place_of else error) from None
    except AddressRefused as error:
        if "site_url" not in place_of:
            raise
        said = str(error).removesuffix(".")
        raise AddressRefused(f"{said} (it stands in {place_of['site_url']}).") from None
