"""Where failed runs are reported: the section `[alerts]` of `.dlt/secrets.toml`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, ClassVar
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator

from shotgrid_dagster.config.section import CanBe, Section


class AlertSettings(Section):
    """The settings of the alerts."""

    SECTION: ClassVar[tuple[str, ...]] = ("alerts",)

    webhook_url: Annotated[
        SecretStr | None, CanBe("an address that begins with https:// or http://")
    ] = Field(
        default=None,
        description="Where the sensor failed_runs tells of a failed run: a chat's incoming "
        "webhook. Left out: only in the log.",
    )

    @field_validator("webhook_url")
    @classmethod
    def _is_an_address(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None:
            parts = urlsplit(url.get_secret_value())
            if parts.scheme not in ("http", "https") or not parts.hostname:
                raise ValueError
        return url


def read_alert_settings(folder: Path | None = None) -> AlertSettings:
    """The settings of the project in a folder; what is not set has its default.

    Raises:
        SettingsError: a file is not TOML, a name is unknown, or a value is not possible.
    """
    # The sections are listed there, this one among them.
    from shotgrid_dagster.config.reading import read_section

    return read_section(AlertSettings, folder, vaults=AlertSettings.model_fields.keys())
