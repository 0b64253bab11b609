"""A project folder with nothing but settings, for tests that read them in this process."""

from __future__ import annotations

from pathlib import Path

SOURCE = "[sources.shotgun_software_source]"
VARIABLE = "SOURCES__SHOTGUN_SOFTWARE_SOURCE__"


def settings_folder(folder: Path, config: str = "", secrets: str = "") -> Path:
    """The folder, with `.dlt/config.toml` and, if there are any, secrets."""
    (folder / ".dlt").mkdir(parents=True, exist_ok=True)
    (folder / ".dlt" / "config.toml").write_text(config, encoding="utf-8")
    if secrets:
        (folder / ".dlt" / "secrets.toml").write_text(secrets, encoding="utf-8")
    return folder
