"""What the sensors ask for, and what they say when they ask for nothing."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from shotgrid_dagster.config.project import ProjectFile
from shotgrid_dagster.defs import sensors
from shotgrid_dagster.defs.alerts import post_to_webhook
from shotgrid_dagster.defs.build import build_definitions
from shotgrid_dagster.defs.resources import ShotGridResource, WarehouseResource
from shotgrid_dagster.sandbox.writes.editing import Editor
from shotgrid_dagster.sandbox.writes.policy import EventPolicy, WritePolicy
from shotgrid_dagster.site import Site
from shotgrid_dagster.source.watching import event_feed, watch
from shotgrid_dagster.source.watching.watch import Cursor
from shotgrid_dagster_tests.conftest import SandboxSite

TYPES = ("Project", "Shot", "Task", "Version", "Sequence", "EventLogEntry")


class Watched:
    """A project over one site, and the sensor `site_changes` with the cursor it left."""

    def __init__(self, site: SandboxSite, folder: Path) -> None:
        self.site = site
        self.defs = build_definitions(ProjectFile(data_dir=folder / "data", entity_types=TYPES))
        self.instance = dg.DagsterInstance.ephemeral()
        self.sensor = self.defs.resolve_sensor_def("site_changes")
        self.shotgrid = ShotGridResource(
            warehouse=WarehouseResource(data_dir=str(folder / "data")),
            site_url=site.url,
            client_id=site.client_id,
            client_secret=site.client_secret,
        )
        self.cursor: str | None = None

    def tick(self) -> dg.SensorResult:
        """One evaluation; the cursor is kept, as the daemon does."""
        with dg.build_sensor_context(
            instance=self.instance,
            cursor=self.cursor,
            definitions=self.defs,
            resources={"shotgrid": self.shotgrid},
        ) as context:
            result = self.sensor(context)
        if isinstance(result, dg.SkipReason):
            return dg.SensorResult(skip_reason=result, cursor=self.cursor)
        assert isinstance(result, dg.SensorResult)
        self.cursor = result.cursor
        return result

    def asked(self) -> set[str]:
        """The tables that one evaluation asks for."""
        return tables(self.tick())


def tables(result: dg.SensorResult) -> set[str]:
    return {key.path[-1] for run in result.run_requests or () for key in run.asset_selection or ()}


def reason(result: dg.SensorResult) -> str:
    skipped = result.skip_reason
    assert skipped is not None
    return str(skipped.skip_message if isinstance(skipped, dg.SkipReason) else skipped)


@pytest.fixture
def watched(own_site: SandboxSite, tmp_path: Path) -> Watched:
    return Watched(own_site, tmp_path)


def test_the_first_look_replays_nothing_and_says_where_it_begins(watched: Watched) -> None:
    first = watched.tick()
    newest = watched.site.client().newest_id("EventLogEntry")
    assert not first.run_requests
    assert f"behind entry {newest}" in reason(first)
    quiet = watched.tick()
    assert not quiet.run_requests
    assert f"No change of a row after entry {newest}" in reason(quiet)


def test_a_change_asks_for_its_type_and_the_log_and_for_nothing_twice(watched: Watched) -> None:
    watched.tick()
    Editor(watched.site.database).update("Shot", 1, description="said")
    assert watched.asked() == {"shots", "event_log_entries"}
    assert watched.asked() == set()


def test_a_retired_shot_drags_its_versions_with_a_census(watched: Watched) -> None:
    watched.tick()
    Editor(watched.site.database).retire("Shot", 1)
    (run,) = watched.tick().run_requests or ()
    assert {key.path[-1] for key in run.asset_selection or ()} >= {"shots", "versions"}
    assert run.run_config["ops"]["shotgrid__versions"]["config"] == {"census": True}
    assert "shotgrid__shots" not in run.run_config["ops"]


def test_a_look_whose_cursor_was_lost_asks_with_the_same_key_and_later_ones_with_others(
    watched: Watched,
) -> None:
    watched.tick()
    editor = Editor(watched.site.database)
    editor.update("Shot", 1, description="one")
    before = watched.cursor
    (first,) = watched.tick().run_requests or ()
    watched.cursor = before
    (again,) = watched.tick().run_requests or ()
    assert first.run_key == again.run_key
    editor.update("Shot", 1, description="two")
    (other,) = watched.tick().run_requests or ()
    assert other.run_key != first.run_key


def test_an_entry_that_appears_behind_the_newest_is_found_by_a_later_look(
    watched: Watched,
) -> None:
    watched.tick()
    site = watched.site
    newest = site.client().newest_id("EventLogEntry")
    editor = Editor(site.database, policy=WritePolicy(events=EventPolicy(block=5)))
    editor.update("Shot", 1, description="one")
    editor.update("Shot", 2, description="two")
    # The entry of the Task has a lower id than those, and is committed after them.
    site.edit("update event_log_entries set id = id + 50 where id > ?", newest)
    assert watched.asked() == {"shots", "event_log_entries"}
    cursor = Cursor.from_json(watched.cursor)
    assert cursor is not None
    assert cursor.position.low_water == newest
    site.edit(
        "insert into event_log_entries (id, event_type, attribute_name, created_at) "
        "values (?, 'Shotgun_Task_Change', 'content', '2026-01-01T00:00:00Z')",
        newest + 3,
    )
    late = watched.tick()
    assert tables(late) == {"tasks", "event_log_entries"}
    assert watched.asked() == set()


@pytest.mark.parametrize("how", ["gone", "another one with its id"])
def test_a_site_that_went_back_is_told_of_and_everything_is_asked_for_once(
    watched: Watched, how: str
) -> None:
    watched.tick()
    Editor(watched.site.database).update("Shot", 1, description="one")
    watched.tick()
    newest = watched.site.client().newest_id("EventLogEntry")
    if how == "gone":
        watched.site.edit("delete from event_log_entries where id > ?", newest - 1)
    else:
        stamp = "update event_log_entries set created_at = '2026-01-01T00:00:00Z' where id = ?"
        watched.site.edit(stamp, newest)
    asked = watched.asked()
    assert {"shots", "tasks", "versions", "event_log_entries"} <= asked
    assert watched.asked() == set()


def test_a_gap_in_front_of_a_back_dated_entry_stays_open() -> None:
    now = datetime(2026, 5, 1, tzinfo=timezone.utc)
    old = event_feed._Attributes(created_at=now - timedelta(weeks=5))
    seen = event_feed.Position(9, (), now - timedelta(minutes=1))
    position = event_feed.moved_on(seen, [], [event_feed._Entry(12, old)], now)
    assert position.low_water == 9


def test_a_gap_is_given_up_when_what_is_behind_it_is_old() -> None:
    now = datetime(2026, 5, 1, tzinfo=timezone.utc)
    gap = event_feed.Gap(5, 7, now - timedelta(minutes=9))
    position = event_feed.moved_on(event_feed.Position(9, (gap,)), [], [], now)
    assert position.low_water == 4
    later = event_feed.moved_on(position, [], [], now + timedelta(minutes=2))
    assert (later.low_water, later.gaps) == (9, ())


def test_a_gap_below_an_entry_that_is_stamped_a_moment_ahead_stays_open() -> None:
    now = datetime(2026, 5, 1, tzinfo=timezone.utc)
    before = event_feed.Position(4, (), now - timedelta(days=3))
    ahead = event_feed._Attributes(created_at=now + timedelta(seconds=1))
    position = event_feed.moved_on(before, [], [event_feed._Entry(8, ahead)], now)
    assert position.low_water == 4


@pytest.mark.parametrize(
    ("event_type", "about"),
    [
        ("Shotgun_Shot_Change", ("Shot", "Change")),
        (
            "Shotgun_Asset_linked_projects_Connection_New",
            ("Asset_linked_projects_Connection", "New"),
        ),
        ("Shotgun_User_Login", None),
        ("CRS_Version_Media_Download", None),
    ],
)
def test_what_an_entry_is_about(event_type: str, about: tuple[str, str] | None) -> None:
    event = event_feed.as_event(event_feed._Entry(1, event_feed._Attributes(event_type)))
    assert (event and (event.entity_type, event.kind)) == about


def test_what_comes_into_a_gap_leaves_the_rest_of_it_open() -> None:
    entry = event_feed._Entry(6, event_feed._Attributes())
    parts = list(event_feed._narrowed([event_feed.Gap(5, 9, None)], [entry.id]))
    assert [(part.first, part.last) for part in parts] == [(5, 5), (7, 9)]


def test_types_that_nobody_loads_are_skipped_and_named(watched: Watched) -> None:
    watched.tick()
    Editor(watched.site.database).update("Note", 1, content="said")
    result = watched.tick()
    assert not result.run_requests
    assert "Not loaded here: Note" in reason(result)


def test_a_script_that_logs_nothing_is_found_by_its_stamps_and_said(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    # No minute of grace: a row stamped later than the first look counts at once.
    monkeypatch.setattr(watch, "SETTLED", timedelta(seconds=-5))
    watched.tick()
    time.sleep(1.1)  # stamps are whole seconds
    silent = Editor(watched.site.database, as_script=True)
    silent.update("Shot", 1, description="in silence")
    asked = watched.tick()
    assert tables(asked) == {"shots", "event_log_entries"}
    cursor = Cursor.from_json(watched.cursor)
    assert cursor is not None
    assert "Shot" in cursor.known
    assert watched.asked() == set()


def test_runs_do_not_pile_up_and_what_waited_is_asked_for_afterwards(watched: Watched) -> None:
    watched.tick()
    editor = Editor(watched.site.database)
    editor.update("Shot", 1, description="one")
    (request,) = watched.tick().run_requests or ()
    job = watched.defs.resolve_implicit_global_asset_job_def().get_subset(
        asset_selection=set(request.asset_selection or ())
    )
    run = watched.instance.create_run_for_job(
        job,
        status=dg.DagsterRunStatus.STARTED,
        asset_selection=frozenset(request.asset_selection or ()),
    )
    editor.update("Shot", 1, description="two")
    result = watched.tick()
    assert not result.run_requests
    assert f"Run {run.run_id[:8]} is still at work" in reason(result)
    assert not watched.tick().run_requests
    watched.instance.report_run_canceled(run)
    assert watched.asked() == {"shots", "event_log_entries"}


def test_what_a_failed_run_was_to_load_is_asked_for_again_but_not_for_ever(
    watched: Watched,
) -> None:
    watched.tick()
    Editor(watched.site.database).update("Shot", 1, description="one")
    keys = set()
    for _ in range(sensors.MOST_FAILURES + 1):
        (request,) = watched.tick().run_requests or ()
        assert {key.path[-1] for key in request.asset_selection or ()} == {
            "shots",
            "event_log_entries",
        }
        keys.add(request.run_key)
        job = watched.defs.resolve_implicit_global_asset_job_def().get_subset(
            asset_selection=set(request.asset_selection or ())
        )
        run = watched.instance.create_run_for_job(
            job, status=dg.DagsterRunStatus.STARTED, tags={"dagster/run_key": str(request.run_key)}
        )
        assert watched.asked() == set()
        watched.instance.report_run_failed(run)
    assert len(keys) == sensors.MOST_FAILURES + 1
    assert watched.asked() == set()
    Editor(watched.site.database).update("Shot", 1, description="two")
    assert watched.asked() == {"shots", "event_log_entries"}


def test_a_bulk_edit_is_taken_in_pieces_and_none_is_lost(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sensors, "ENTRIES", 4)
    monkeypatch.setattr(ShotGridResource, "watching", _small_pages(watched.shotgrid))
    watched.tick()
    editor = Editor(watched.site.database)
    for shot in sorted(editor.dump("Shot"))[:9]:
        editor.update("Shot", shot, description="bulk")
    editor.update("Task", 1, content="last")
    asked = [watched.asked() for _ in range(4)]
    assert set.union(*asked) == {"shots", "tasks", "event_log_entries"}
    assert "tasks" not in asked[0]


def _small_pages(shotgrid: ShotGridResource) -> object:
    @contextmanager
    def watching(_: ShotGridResource) -> Iterator[object]:
        assert shotgrid.site_url
        yield Site(
            shotgrid.site_url, shotgrid.client_id or "", shotgrid.client_secret or "", page_size=2
        )

    return watching


def test_a_site_that_does_not_answer_is_a_skip_and_a_refused_key_an_error(
    watched: Watched,
) -> None:
    watched.site.fail("status", "/entity/", status=503)
    assert "does not answer" in reason(watched.tick())
    watched.site.recover()
    watched.shotgrid = ShotGridResource(
        warehouse=watched.shotgrid.warehouse,
        site_url=watched.site.url,
        client_id=watched.site.client_id,
        client_secret="hunter2",
    )
    with pytest.raises(dg.DagsterError, match="refused the script key") as raised:
        watched.tick()
    assert "hunter2" not in str(raised.value)


# -- failed runs


class HookServer(HTTPServer):
    """Keeps what is posted to it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Hook)
        self.received: list[dict[str, Any]] = []


class Hook(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        assert isinstance(self.server, HookServer)
        self.server.received.append(json.loads(self.rfile.read(length)))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def webhook() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    server = HookServer()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/secret-path", server.received
    finally:
        server.shutdown()
        server.server_close()


def failed_run(watched: Watched) -> tuple[dg.DagsterInstance, dg.ExecuteInProcessResult]:
    watched.site.fail("status", "/entity/Shot/", status=403)
    assets = [
        asset for asset in watched.defs.assets or () if isinstance(asset, dg.AssetsDefinition)
    ]
    result = dg.materialize(
        assets,
        selection=["shotgrid/shots"],
        resources={**(watched.defs.resources or {}), "shotgrid": watched.shotgrid},
        instance=watched.instance,
        raise_on_error=False,
    )
    assert not result.success
    return watched.instance, result


def tell(watched: Watched) -> None:
    instance, result = failed_run(watched)
    context = dg.build_run_status_sensor_context(
        sensor_name="failed_runs",
        dagster_instance=instance,
        dagster_run=result.dagster_run,
        dagster_event=result.get_run_failure_event(),
    ).for_run_failure()
    sensors.failed_runs(context)


def test_a_failed_run_is_told_with_the_asset_the_reason_and_what_to_do(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    with webhook() as (url, received):
        monkeypatch.setenv("ALERTS__WEBHOOK_URL", url)
        tell(watched)
    (message,) = received
    text = str(message["text"])
    assert "shotgrid/shots: Shot was not loaded." in text
    assert "Re-execute from failure" in text
    assert list(message["failed"]) == ["shotgrid/shots"]
    assert watched.site.client_secret not in json.dumps(message)


def test_a_webhook_that_cannot_be_reached_is_said_without_its_address(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    with webhook() as (url, _):
        pass
    problem = post_to_webhook(url, "text", "run", {})
    assert problem is not None
    assert "check webhook_url" in problem
    assert "secret-path" not in problem
