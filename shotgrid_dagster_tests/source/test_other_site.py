"""A data folder and a dataset know their site: another one is refused, a renamed one accepted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from shotgrid_dagster.cli.check import check_site
from shotgrid_dagster.cli.findings import failures
from shotgrid_dagster.config.settings import Settings
from shotgrid_dagster.defs.assets.entities import entity_asset
from shotgrid_dagster.defs.assets.publish import _refuse_another_site
from shotgrid_dagster.defs.resources import ShotGridResource, WarehouseResource
from shotgrid_dagster.sandbox import studio
from shotgrid_dagster.site import EntityType
from shotgrid_dagster.source.accept_site import accept_site
from shotgrid_dagster.source.site_identity import (
    AnotherSite,
    SiteIdentity,
    folder_site,
    note_folder_site,
    refuse_other,
)
from shotgrid_dagster.source.whole_site import load_site
from shotgrid_dagster_tests.conftest import SandboxSite, serving
from shotgrid_dagster_tests.source.test_channels import Copy

REAL = SiteIdentity("https://studio.shotgrid.autodesk.com", "a")


@pytest.fixture
def loaded(own_site: SandboxSite, tmp_path: Path) -> Copy:
    copy = Copy(own_site, tmp_path / "data")
    copy.given = {}
    copy.load("Shot")
    return copy


@contextmanager
def other_studio(folder: Path) -> Iterator[SandboxSite]:
    database = folder / "other.sqlite"
    studio.build(database, size="tiny", seed=2)
    with serving(database) as site:
        yield site


def settings_of(site: SandboxSite, data_dir: Path, **given: Any) -> Settings:
    return site.settings(data_dir, entity_types=("Shot",), **given)


def test_another_studio_is_refused_by_a_load_and_nothing_is_changed(
    loaded: Copy, tmp_path: Path
) -> None:
    before = loaded.rows("select * from shots order by id")
    with other_studio(tmp_path) as other:
        with pytest.raises(AnotherSite) as refused:
            load_site(settings_of(other, loaded.folder))
        assert loaded.site.url in str(refused.value)
        assert other.url in str(refused.value)
    assert loaded.rows("select * from shots order by id") == before
    assert loaded.load("Shot")["Shot"].rows_loaded == 0


@pytest.mark.parametrize("forgotten", ["the folder's file", "the table"])
def test_either_the_folder_or_the_dataset_tells(
    loaded: Copy, tmp_path: Path, forgotten: str
) -> None:
    if forgotten == "the table":
        loaded.rows("drop table _sg_site")
    else:
        (loaded.folder / "site.json").unlink()
    with other_studio(tmp_path) as other, pytest.raises(AnotherSite):
        load_site(settings_of(other, loaded.folder))
    loaded.load("Shot")
    assert folder_site(loaded.folder) is not None
    assert loaded.rows("select count(*) from _sg_site") == [(1,)]


def test_the_same_studio_on_another_port_is_the_same_site(loaded: Copy) -> None:
    with serving(loaded.site.database) as again:
        assert again.url != loaded.site.url
        assert load_site(settings_of(again, loaded.folder)).failed == {}


def test_the_bundled_site_is_one_site_whatever_its_port(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, sandbox_size="tiny", entity_types=("Group",))
    assert load_site(settings).failed == {}
    assert load_site(settings).failed == {}
    known = folder_site(tmp_path)
    assert known is not None
    assert (known.address, known.id is not None) == ("sandbox", True)
    with serving(tmp_path / "sandbox" / "tiny.sqlite") as site:
        assert load_site(settings_of(site, tmp_path)).failed == {}


def test_a_database_of_an_older_version_takes_the_site_of_its_next_load(
    loaded: Copy, tmp_path: Path
) -> None:
    loaded.rows("drop table _sg_site")
    (loaded.folder / "site.json").unlink()
    loaded.load("Shot")
    assert loaded.rows("select address from _sg_site") == [(loaded.site.url,)]
    with other_studio(tmp_path) as other, pytest.raises(AnotherSite):
        load_site(settings_of(other, loaded.folder))


def test_check_says_that_it_is_another_site(loaded: Copy, tmp_path: Path) -> None:
    with other_studio(tmp_path) as other:
        sections = list(check_site(settings_of(other, loaded.folder)))
        (finding,) = next(part for part in sections if part.title == "Data folder").findings
        assert failures(sections) == 1
        assert loaded.site.url in finding.text
        assert other.url in finding.text
    sections = list(check_site(settings_of(loaded.site, loaded.folder)))
    assert failures(sections) == 0


def test_assets_the_sensor_and_uploads_refuse_it(loaded: Copy, tmp_path: Path) -> None:
    with other_studio(tmp_path) as other:
        warehouse = WarehouseResource(data_dir=str(loaded.folder))
        shotgrid = ShotGridResource(
            warehouse=warehouse,
            site_url=other.url,
            client_id=other.client_id,
            client_secret=other.client_secret,
        )
        with pytest.raises(AnotherSite), shotgrid.watching():
            pass
        with pytest.raises(AnotherSite), shotgrid.writing():
            pass
        result = dg.materialize(
            [entity_asset(EntityType("Shot", "Shot"))],
            resources={"shotgrid": shotgrid, "warehouse": warehouse},
            raise_on_error=False,
        )
        (failure,) = result.get_step_failure_events()
        said = str(failure.event_specific_data)
        assert loaded.site.url in said
        assert other.url in said


def test_publishing_refuses_the_address_of_another_site(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prefix = "SOURCES__SHOTGUN_SOFTWARE_SOURCE__"
    monkeypatch.setenv(f"{prefix}SITE_URL", "other.shotgrid.autodesk.com")
    monkeypatch.setenv(f"{prefix}CLIENT_ID", "script")
    monkeypatch.setenv(f"{prefix}CLIENT_SECRET", "key")
    _refuse_another_site(tmp_path)
    note_folder_site(tmp_path, REAL)
    with pytest.raises(AnotherSite, match="studio.shotgrid.autodesk.com.*other.shotgrid"):
        _refuse_another_site(tmp_path)
    monkeypatch.setenv(f"{prefix}SITE_URL", REAL.address)
    _refuse_another_site(tmp_path)


def test_a_renamed_site_is_accepted_by_a_command_and_another_one_never(
    loaded: Copy, tmp_path: Path
) -> None:
    here = folder_site(loaded.folder)
    assert here is not None
    old_name = SiteIdentity("https://old.shotgrid.autodesk.com", here.id)
    (loaded.folder / "site.json").write_text(json.dumps(vars(old_name)))
    loaded.rows(f"update _sg_site set address = '{old_name.address}'")
    settings = settings_of(loaded.site, loaded.folder)
    with pytest.raises(AnotherSite, match="accept-site"):
        load_site(settings)
    said = accept_site(settings)
    assert loaded.site.url in said
    assert old_name.address in said
    assert load_site(settings).failed == {}
    with other_studio(tmp_path) as other, pytest.raises(AnotherSite, match="another one"):
        accept_site(settings_of(other, loaded.folder))
    assert load_site(settings).failed == {}


@pytest.mark.parametrize(
    ("held", "now", "is_same"),
    [
        (REAL, REAL, True),
        (REAL, SiteIdentity(REAL.address), True),
        (SiteIdentity(REAL.address), REAL, True),
        (REAL, SiteIdentity(REAL.address, "b"), False),
        (REAL, SiteIdentity("https://new.shotgrid.autodesk.com", "a"), False),
        (REAL, SiteIdentity("http://studio.shotgrid.autodesk.com", "a"), True),
        (SiteIdentity("sandbox", "a"), SiteIdentity("http://127.0.0.1:9", "a"), True),
        (SiteIdentity("http://[::1]:8", "a"), SiteIdentity("http://localhost:9", "a"), True),
        (SiteIdentity("sandbox", "a"), SiteIdentity("sandbox", "b"), False),
        (SiteIdentity("http://127.0.0.1:8"), SiteIdentity("http://127.0.0.1:9"), False),
        (SiteIdentity("sandbox", "a"), REAL, False),
    ],
)
def test_what_is_one_site(held: SiteIdentity, now: SiteIdentity, is_same: bool) -> None:
    if is_same:
        refuse_other(held, now, "The folder")
        return
    with pytest.raises(AnotherSite) as refused:
        refuse_other(held, now, "The folder")
    assert str(held) in str(refused.value)
    assert str(now) in str(refused.value)
    assert ("accept-site" in str(refused.value)) == (held.id == now.id)


def test_a_dataset_of_files_knows_its_site_too(
    own_site: SandboxSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESTINATION__FILESYSTEM__BUCKET_URL", str(tmp_path / "bucket"))
    settings = settings_of(own_site, tmp_path / "one", destination="filesystem")
    assert load_site(settings, "filesystem").failed == {}
    assert load_site(settings, "filesystem").failed == {}
    with other_studio(tmp_path) as other, pytest.raises(AnotherSite, match="dataset"):
        load_site(settings_of(other, tmp_path / "two", destination="filesystem"), "filesystem")
