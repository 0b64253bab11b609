import pytest

from shotgrid_dagster.site.errors import AddressRefused
from shotgrid_dagster.site.http.address import base_url


@pytest.mark.parametrize(
    "typed",
    [
        "studio.shotgrid.autodesk.com",
        "https://studio.shotgrid.autodesk.com",
        "https://studio.shotgrid.autodesk.com/",
        "https://studio.shotgrid.autodesk.com/api/v1",
        "https://studio.shotgrid.autodesk.com/api/v1.1/",
        "  studio.shotgrid.autodesk.com/api ",
    ],
)
def test_whatever_people_paste_is_the_same_site(typed: str) -> None:
    assert base_url(typed) == "https://studio.shotgrid.autodesk.com"


@pytest.mark.parametrize(
    "typed", ["http://localhost:8790", "http://127.0.0.1:1/api/v1", "http://[::1]:9"]
)
def test_plain_http_is_taken_for_this_machine(typed: str) -> None:
    assert base_url(typed).startswith("http://")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("http://studio.shotgrid.autodesk.com", "unencrypted"),
        ("ftp://studio.shotgrid.autodesk.com", "not an address"),
        ("", "empty"),
        ("my studio", "not an address"),
        ("https://studio.example/page/12", "has a path"),
        ("https://me:secret@studio.example", "password"),
        ("https://studio.example:99999", "port"),
    ],
)
def test_what_cannot_be_a_site_is_refused_before_anything_is_sent(typed: str, said: str) -> None:
    with pytest.raises(AddressRefused, match=said):
        base_url(typed)


def test_a_password_in_the_address_is_not_repeated() -> None:
    with pytest.raises(AddressRefused) as refused:
        base_url("https://me:hunter2@studio.example")
    assert "hunter2" not in str(refused.value)
