"""What people are told when the site fails, and how long it is waited for."""

import logging
import threading
import time
from pathlib import Path

import pytest

from shotgrid_dagster.site import Site
from shotgrid_dagster.site.errors import CannotConnect, KeyRefused, SiteUnavailable
from shotgrid_dagster.site.http.retry_policy import RetryPolicy
from shotgrid_dagster_tests.conftest import SandboxSite
from shotgrid_dagster_tests.site.fault_matrix import CALLS, FAULTS, HEAD, PAGE, RETRY_POLICY, matrix
from shotgrid_dagster_tests.site.tls import serving_tls


def test_the_page_of_faults_says_what_every_call_tells_of_every_fault(
    own_site: SandboxSite,
) -> None:
    made = matrix(own_site)
    assert made == PAGE.read_text(encoding="utf-8"), "python -m ...site.fault_matrix makes it anew"
    assert len(made.splitlines()) == len(HEAD.splitlines()) + len(FAULTS) * len(CALLS)
    assert own_site.client_secret not in made
    passed: dict[str, list[str]] = {}
    for line in made.splitlines():
        if "it passed" in line:
            fault, call = line.removeprefix("| ").split(" | ")[:2]
            passed.setdefault(fault, []).append(call)
    # A token is renewed once; the bytes had arrived, or the file was seen on the row.
    assert passed == {
        "401, a token that ended": [
            item for item in CALLS if item not in ("auth", "upload: bytes")
        ],
        "connection reset": ["upload: last word"],
        "half an answer": ["upload: bytes", "upload: last word"],
    }


def test_what_an_upload_left_behind_is_never_called_nothing() -> None:
    sent = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if "read back |" in line]
    assert len(sent) == len(FAULTS)
    for line in (item for item in sent if "it passed" not in item):
        assert "Nothing was changed" not in line
        assert "upload it again" in line.lower()


def test_each_fault_has_a_sentence_of_its_own_with_a_next_step() -> None:
    rows = [line.split(" | ") for line in PAGE.read_text(encoding="utf-8").splitlines()]
    rows = rows[len(HEAD.splitlines()) :]
    pages = {row[0]: row[3] for row in rows if row[1] == "page"}
    assert pages.pop("| 401, a token that ended").startswith("nothing")
    assert len(set(pages.values())) == len(FAULTS) - 1
    steps = [
        *("run it again", "run less often", "Check", "check site_url", "tell the site", "NO_PROXY"),
        *("is the script still active?", "discover", "leave it out", "in a browser"),
        "leave fields out",
    ]
    for said in pages.values():
        assert any(step in said for step in steps), said


def test_a_page_in_the_middle_of_a_run_is_the_sites_trouble_and_not_a_wrong_address(
    own_site: SandboxSite,
) -> None:
    client = own_site.client(retry_policy=RETRY_POLICY)
    client.count("Shot")
    own_site.fail("html", "_search")
    with pytest.raises(SiteUnavailable, match="Site maintenance"):
        list(client.rows("Shot", ["code"]))


def test_plain_http_where_https_is_asked_for_is_said_with_what_to_write(
    sandbox_site: SandboxSite,
) -> None:
    address = sandbox_site.url.replace("http://", "https://")
    site = Site(address, "a", "b", retry_policy=RETRY_POLICY)
    said = f"does not answer by https: .* write site_url as {sandbox_site.url}"
    with pytest.raises(CannotConnect, match=said):
        site.entity_types()


def test_a_certificate_that_nobody_vouches_for_is_said_with_what_to_set(tmp_path: Path) -> None:
    with serving_tls(tmp_path) as url:
        site = Site(url, "a", "b", retry_policy=RETRY_POLICY)
        with pytest.raises(CannotConnect, match="No safe connection.*REQUESTS_CA_BUNDLE"):
            site.entity_types()


def test_a_proxy_that_refuses_is_said_with_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    site = Site("https://studio.example", "a", "b", retry_policy=RETRY_POLICY)
    with pytest.raises(CannotConnect, match="The proxy on the way to.*Check HTTPS_PROXY"):
        site.entity_types()


def test_a_persons_token_is_no_key_and_the_sentence_says_so(sandbox_site: SandboxSite) -> None:
    site = Site(sandbox_site.url, "jane@studio.example", "pat-0123", retry_policy=RETRY_POLICY)
    with pytest.raises(KeyRefused, match="not a personal access token"):
        site.entity_types()


def test_a_wait_that_the_site_asks_for_is_in_the_log_and_holds_all_requests_of_the_run_back(
    own_site: SandboxSite, caplog: pytest.LogCaptureFixture
) -> None:
    client = own_site.client()
    client.count("Shot")
    own_site.fail("status", "Shot/_summarize", status=429, retry_after="1", times=1)
    counted, other = client.counting(), client.counting()
    first = threading.Thread(target=counted.count, args=("Shot",))
    with caplog.at_level(logging.WARNING):
        began = time.monotonic()
        first.start()
        while not caplog.records:
            time.sleep(0.005)
        other.count("Task")
        other_waited = time.monotonic() - began
        first.join()
    assert other_waited >= 0.95
    assert counted.stats.seconds_waited >= 1
    assert other.stats.seconds_waited > 0.5
    assert "waiting 1.0 s, as the site asks" in caplog.text


def test_a_wait_that_is_asked_for_is_never_cut_short() -> None:
    assert RetryPolicy().longest_asked >= 900


def test_a_storm_of_failures_ends_with_the_budget_of_the_run(own_site: SandboxSite) -> None:
    own_site.fail("status", "_summarize", status=502)
    retry_policy = RetryPolicy(tries=9, first_tries=9, first_wait=0, longest_wait=0, budget=5)
    client = own_site.client(retry_policy=retry_policy)
    client.entity_types()
    own_site.app.state.requests.clear()
    for _ in range(3):
        with pytest.raises(SiteUnavailable):
            client.count("Shot")
    assert sum(own_site.app.state.requests.values()) == 5 + 3


def test_https_to_a_plain_http_port_says_how_to_write_the_address(
    sandbox_site: SandboxSite,
) -> None:
    host = sandbox_site.url.removeprefix("http://")
    with pytest.raises(CannotConnect, match=f"write site_url as http://{host}") as raised:
        Site(host, "a", "b").about()
    assert "certificate" not in str(raised.value)
