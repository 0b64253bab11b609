"""Which site a data folder and a dataset are of: rows of two sites must never mix.

A site is known by its address, and by the id that it tells of itself (`GET /api/v1`: `site_id`).
The bundled site is served on another port each time, so of sites on this machine the id decides.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

from shotgrid_dagster.config.settings import SANDBOX, Settings
from shotgrid_dagster.errors import SettingsError
from shotgrid_dagster.site import Site
from shotgrid_dagster.site.errors import MalformedAnswer, NoPermission, RequestRefused
from shotgrid_dagster.site.http.address import base_url

FILE = "site.json"
"""In the data folder."""

LOCAL = ("localhost", "127.0.0.1", "::1")


class AnotherSite(SettingsError):
    """The data folder or the dataset is of another site than the one of the settings."""


@dataclass(frozen=True)
class SiteIdentity:
    """One site."""

    address: str
    """Its URL, or `sandbox` for the bundled one."""
    id: str | None = None
    """As it tells it; None: it tells none, or was not asked."""

    def __str__(self) -> str:
        return self.address if self.id is None else f"{self.address} (site id {self.id})"

    @property
    def host(self) -> str:
        """The host's name."""
        return urlsplit(self.address).hostname or self.address

    @property
    def is_local(self) -> bool:
        """Whether it is served on this machine."""
        return self.address == SANDBOX or self.host in LOCAL

    def may_be(self, other: SiteIdentity) -> bool:
        """Whether the addresses alone leave it possible that both are one."""
        return (self.is_local and other.is_local) or self.host == other.host

    def is_same(self, other: SiteIdentity) -> bool:
        """Whether both are one site, as far as they tell; a renamed one is another."""
        if self.id is None or other.id is None:
            return self.address == other.address
        return self.id == other.id and self.may_be(other)


def address_of(settings: Settings) -> SiteIdentity:
    """What the settings say, without asking the site."""
    return SiteIdentity(SANDBOX if settings.is_sandbox else base_url(settings.site_url))


def identity_of(site: Site, settings: Settings) -> SiteIdentity:
    """What the site says of itself.

    Raises:
        SiteError: it cannot be reached.
    """
    address = SANDBOX if settings.is_sandbox else site.url
    try:
        told = site.about().get("site_id")
    except (RequestRefused, NoPermission, MalformedAnswer):
        told = None  # an old site, or a proxy that hides the document
    return SiteIdentity(address, str(told) if told else None)


def refuse_other(held: SiteIdentity | None, now: SiteIdentity, place: str) -> None:
    """Compare what is held with the site of the settings; nothing held is anybody's.

    Raises:
        AnotherSite: with both addresses, and what to do.
    """
    if held is None or now.is_same(held):
        return
    is_renamed = held.id == now.id or held.id is None or now.id is None
    accept = (
        " If it is the same site under a new address, run `shotgrid-dagster accept-site`."
        if is_renamed
        else ""
    )
    raise AnotherSite(
        f"{place} holds the site {held}, and the settings name {now}: rows of two sites would mix, "
        "so nothing was done.",
        "Set `site_url` back, or give the other site a `data_dir` (and a database or dataset) of "
        f"its own.{accept}",
    )


def refuse_other_address(settings: Settings) -> None:
    """The same without asking the site: by what the data folder knows, and by addresses alone.

    Raises:
        AnotherSite: the addresses are of two sites.
    """
    held, now = folder_site(settings.data_dir), address_of(settings)
    if held is not None and not now.may_be(held):
        refuse_other(held, now, in_folder(settings.data_dir))


def refuse_other_folder(site: Site, settings: Settings) -> None:
    """The same by what the data folder knows; the site is asked where its address does not tell.

    Raises:
        AnotherSite: the folder is of another site.
        SiteError: the site cannot be reached.
    """
    held, now = folder_site(settings.data_dir), address_of(settings)
    if held is None or (held.address == now.address and not held.is_local):
        return
    refuse_other(held, identity_of(site, settings), in_folder(settings.data_dir))


def in_folder(data_dir: Path) -> str:
    """What a sentence calls the data folder."""
    return f"The data folder {data_dir}"


def folder_site(data_dir: Path) -> SiteIdentity | None:
    """The site that the data folder is of; None: nobody's yet."""
    try:
        known = json.loads((data_dir / FILE).read_text("utf-8"))
        return SiteIdentity(str(known["address"]), known.get("id"))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def note_folder_site(data_dir: Path, site: SiteIdentity) -> None:
    """Say whose the data folder is; it is written only if it is another than is known."""
    if folder_site(data_dir) != site:
        data_dir.mkdir(parents=True, exist_ok=True)
        unfinished = data_dir / f".{FILE}.new"
        unfinished.write_text(json.dumps(asdict(site), indent=1) + "\n", "utf-8")
        unfinished.replace(data_dir / FILE)
