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
            said = json.load(answer)
        assert "errors" not in said, said
        return said["data"]

    def switch_on(self, what: str, name: str) -> None:
        """The switch of a `schedule` or a `sensor`, on the page *Automation*."""
        kind = what.capitalize()
        selector = {**LOCATION, f"{what}Name": name}
        said = self.ask(
            f"mutation On($selector: {kind}Selector!) {{ "
            f"start{kind}({what}Selector: $selector) {{ __typename }} }}",
            selector=selector,
        )
        assert said[f"start{kind}"]["__typename"] in ("ScheduleStateResult", "Sensor"), said

    def last_tick(self, name: str) -> dict[str, Any]:
        """The newest tick of a sensor; empty before the first one."""
        selector = {**LOCATION, "sensorName": name}
        said = self.ask(
            "query Ticks($selector: SensorSelector!) { sensorOrError(sensorSelector: $selector) "
            "{ ... on Sensor { sensorState { ticks(limit: 1) "
            "{ status skipReason error { message } } } } } }",
            selector=selector,
        )
        ticks = said["sensorOrError"]["sensorState"]["ticks"]
        return ticks[0] if ticks else {}

    def runs(self, tag: str, name: str) -> list[str]:
        """The states of the runs that a schedule or a sensor asked for."""
        said = self.ask(
            "query Runs($filter: RunsFilter) { runsOrError(filter: $filter) "
            "{ ... on Runs { results { status } } } }",
            filter={"tags": [{"key": tag, "value": name}]},
        )
        return [item["status"] for item in said["runsOrError"]["results"]]

    def launch(self, job: str) -> str:
        """Put a run of a job into the queue, as *Launchpad* does; gives its id."""
        selector = {**LOCATION, "jobName": job}
        said = self.ask(
            "mutation Launch($run: ExecutionParams!) { launchRun(executionParams: $run) "
            "{ __typename ... on LaunchRunSuccess { run { runId } } } }",
            run={"selector": selector, "runConfigData": {}},
        )
        assert said["launchRun"]["__typename"] == "LaunchRunSuccess", said
        return str(said["launchRun"]["run"]["runId"])

    def state(self, run_id: str) -> str:
        """`QUEUED`, `STARTED`, `SUCCESS`, ..."""
        said = self.ask(
            "query State($id: ID!) { runOrError(runId: $id) { ... on Run { status } } }", id=run_id
        )
        return str(said["runOrError"]["status"])
