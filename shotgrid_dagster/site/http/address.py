"""The address of a site: what people type, made into one base URL."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

from shotgrid_dagster.site.errors import AddressRefused

API = "/api/v1.1"


def base_url(site_url: str) -> str:
    """The site's base URL without a trailing slash, e.g. `https://studio.shotgrid.autodesk.com`.

    Takes a bare host, or a URL with or without `/api/v1` or `/api/v1.1` behind it.

    Raises:
        AddressRefused: it is no address, or it is plain http to a host other than this machine.
    """
    text = site_url.strip().rstrip("/")
    if not text:
        raise AddressRefused("site_url is empty: set it to the address of your ShotGrid site.")
    parts = urlsplit(text if "://" in text else f"https://{text}")
    if parts.scheme not in ("http", "https") or not parts.hostname or re.search(r"\s", text):
        raise AddressRefused(
            f"site_url {site_url!r} is not an address: write it like studio.shotgrid.autodesk.com."
        )
    try:
        port = parts.port
    except ValueError:
        raise AddressRefused(f"site_url {site_url!r} has no valid port number.") from None
    if parts.username or parts.password:
        raise AddressRefused(
            "site_url holds a user name or a password: take it out, and set client_id and "
            "client_secret instead."
        )
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise AddressRefused(
            f"site_url {site_url!r} is plain http, which would send the script key unencrypted: "
            "write https://."
        )
    path = re.sub(r"/api(/v[\d.]*)?$", "", parts.path)
    if path:
        raise AddressRefused(
            f"site_url {site_url!r} has a path ({path}): give the site's own address only."
        )
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{port}" if port else "")


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
