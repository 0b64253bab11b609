"""What the UI asks the webserver for, without a browser."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

LOCATION = {
    "repositoryLocationName": "shotgrid_dagster",
    "repositoryName": "__repository__",
}


class Ui:
    """What the UI asks the webserver for."""

    def __init__(self, address: str) -> None:
        self.address = address

    def ask(self, query: str, **variables: Any) -> Any:
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = urllib.request.Request(
            f"{self.address}/graphql", body, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            told = json.load(answer)
        assert "errors" not in told, told
        return told["data"]

    def switch_on(self, what: str, name: str) -> None:
        """The switch of a `schedule` or a `sensor`, on the page *Automation*."""
        kind = what.capitalize()
        selector = {**LOCATION, f"{what}Name": name}
        told = self.ask(
            f"mutation On($selector: {kind}Selector!) {{ "
            f"start{kind}({what}Selector: $selector) {{ __typename }} }}",
            selector=selector,
        )
        assert told[f"start{kind}"]["__typename"] in ("ScheduleStateResult", "Sensor"), told

    def last_tick(self, name: str) -> dict[str, Any]:
        """The newest tick of a sensor; empty before the first one."""
        selector = {**LOCATION, "sensorName": name}
        told = self.ask(
            "query Ticks($selector: SensorSelector!) { sensorOrError(sensorSelector: $selector) "
            "{ ... on Sensor { sensorState { ticks(limit: 1) "
            "{ status skipReason error { message } } } } } }",
            selector=selector,
        )
        ticks = told["sensorOrError"]["sensorState"]["ticks"]
        return ticks[0] if ticks else {}

    def runs(self, tag: str, name: str) -> list[str]:
        """The states of the runs that a schedule or a sensor asked for."""
        told = self.ask(
            "query Runs($filter: RunsFilter) { runsOrError(filter: $filter) "
            "{ ... on Runs { results { status } } } }",
            filter={"tags": [{"key": tag, "value": name}]},
        )
        return [one["status"] for one in told["runsOrError"]["results"]]

    def launch(self, job: str) -> str:
        """Put a run of a job into the queue, as *Launchpad* does; gives its id."""
        selector = {**LOCATION, "jobName": job}
        told = self.ask(
            "mutation Launch($run: ExecutionParams!) { launchRun(executionParams: $run) "
            "{ __typename ... on LaunchRunSuccess { run { runId } } } }",
            run={"selector": selector, "runConfigData": {}},
        )
        assert told["launchRun"]["__typename"] == "LaunchRunSuccess", told
        return str(told["launchRun"]["run"]["runId"])

    def state(self, run_id: str) -> str:
        """`QUEUED`, `STARTED`, `SUCCESS`, ..."""
        told = self.ask(
            "query State($id: ID!) { runOrError(runId: $id) { ... on Run { status } } }", id=run_id
        )
        return str(told["runOrError"]["status"])
