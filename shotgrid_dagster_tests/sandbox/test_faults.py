from __future__ import annotations

import time

import pytest
import requests

from shotgrid_dagster.sandbox.faults.faults import Fault, Faults
from shotgrid_dagster_tests.sandbox.client import Client, refusal

SHOTS = "/entity/shots?fields=code"


def set_faults(client: Client, *faults: dict[str, object]) -> requests.Response:
    address = f"{client.url}/_sandbox/faults"
    return requests.post(address, json={"faults": list(faults)}, timeout=10)


def statuses(client: Client, calls: int, path: str = SHOTS) -> list[int]:
    return [client.get(path).status_code for _ in range(calls)]


def test_a_status_hits_the_nth_call_and_as_many_as_it_says(client: Client) -> None:
    set_faults(client, {"kind": "status", "status": 503, "nth": 2, "times": 2})
    assert statuses(client, 5) == [200, 503, 503, 200, 200]


def test_without_times_a_fault_stays_until_it_is_ended(client: Client) -> None:
    set_faults(client, {"kind": "status", "status": 500})
    assert statuses(client, 3) == [500, 500, 500]
    requests.delete(f"{client.url}/_sandbox/faults", timeout=10)
    assert statuses(client, 1) == [200]


def test_a_fault_hits_only_the_paths_that_it_names(client: Client) -> None:
    set_faults(client, {"kind": "status", "status": 502, "path": r"/entity/shots$"})
    assert statuses(client, 1) == [502]
    assert statuses(client, 1, "/entity/tasks") == [200]


@pytest.mark.parametrize("retry_after", [None, "2"])
def test_a_429_may_say_when_to_come_back(client: Client, retry_after: str | None) -> None:
    set_faults(client, {"kind": "status", "status": 429, "retry_after": retry_after})
    answer = client.get(SHOTS)
    assert (answer.status_code, answer.headers.get("retry-after")) == (429, retry_after)


def test_a_401_looks_like_that_of_an_expired_bearer(client: Client) -> None:
    set_faults(client, {"kind": "status", "status": 401, "times": 1})
    assert refusal(client.get(SHOTS))[::2] == (401, "Unauthorized")
    assert statuses(client, 1) == [200]


def test_latency_is_per_call_and_per_row(client: Client) -> None:
    set_faults(client, {"kind": "latency", "seconds": 0.05, "seconds_per_row": 0.01})
    start = time.monotonic()
    assert len(client.get(SHOTS).json()["data"]) == 12
    assert time.monotonic() - start >= 0.17


def test_a_hanging_call_ends_when_the_client_gives_up(client: Client) -> None:
    set_faults(client, {"kind": "hang", "times": 1})
    with pytest.raises(requests.exceptions.ReadTimeout):
        client.session.get(f"{client.url}/api/v1{SHOTS}", timeout=0.2)
    assert statuses(client, 1) == [200]


def test_a_hanging_call_is_a_504_when_its_time_is_over(client: Client) -> None:
    set_faults(client, {"kind": "hang", "seconds": 0.05})
    assert statuses(client, 1) == [504]


def test_a_reset_drops_the_connection_in_mid_body(client: Client) -> None:
    set_faults(client, {"kind": "reset"})
    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.ConnectionError)):
        client.get(SHOTS)


def test_a_truncated_body_is_whole_http_and_half_json(client: Client) -> None:
    set_faults(client, {"kind": "truncated"})
    answer = client.get(SHOTS)
    assert answer.status_code == 200
    with pytest.raises(requests.exceptions.JSONDecodeError):
        answer.json()


def test_an_html_page_comes_with_status_200(client: Client) -> None:
    set_faults(client, {"kind": "html"})
    answer = client.get(SHOTS)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")


def test_links_can_be_missing_or_malformed(client: Client) -> None:
    set_faults(client, {"kind": "links_missing"})
    assert set(client.get(SHOTS).json()) == {"data"}
    set_faults(client, {"kind": "links_malformed"})
    assert isinstance(client.get(SHOTS).json()["links"], str)


def test_faults_are_set_from_code_too(client: Client) -> None:
    faults: Faults = client.app.state.faults
    faults.set([Fault("status", status=504)])
    assert statuses(client, 1) == [504]
    faults.clear()
    assert statuses(client, 1) == [200]


def test_a_fault_that_does_not_exist_is_refused(client: Client) -> None:
    assert set_faults(client, {"kind": "fire"}).status_code == 400
    assert set_faults(client, {"kind": "html", "colour": 1}).status_code == 400


def test_calls_are_counted_by_address(client: Client) -> None:
    counts = f"{client.url}/_sandbox/requests"
    requests.delete(counts, timeout=10)
    client.ids("shots", [])
    client.row("shots", 1)
    client.get("/api/v1.1/entity/shots/2")
    assert requests.get(counts, timeout=10).json() == {
        "POST /entity/shots/_search": 1,
        "GET /entity/shots/{id}": 2,
    }


def test_a_stored_file_is_hit_only_by_a_fault_that_names_its_path(client: Client) -> None:
    stored = f"{client.url}/media/a/b.mov"
    set_faults(client, {"kind": "status", "status": 503})
    assert requests.put(stored, data=b"x", timeout=10).status_code == 403
    set_faults(client, {"kind": "status", "status": 503, "path": "^/media/", "method": "PUT"})
    assert requests.put(stored, data=b"x", timeout=10).status_code == 503
    assert requests.get(stored, timeout=10).status_code == 403


def test_a_cut_drops_the_connection_before_there_is_an_answer(client: Client) -> None:
    set_faults(client, {"kind": "cut", "path": "^/media/"})
    with pytest.raises(requests.ConnectionError):
        requests.put(f"{client.url}/media/a/b.mov", data=b"x" * 2**20, timeout=10)


def test_what_is_lost_is_taken_with_a_200(client: Client) -> None:
    set_faults(client, {"kind": "lost", "path": "^/media/"})
    taken = requests.put(f"{client.url}/media/a/b.mov", data=b"x" * 2**20, timeout=10)
    assert (taken.status_code, len(taken.headers["etag"])) == (200, 34)
