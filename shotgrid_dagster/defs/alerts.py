"""A failed run in a few sentences: which entity types, why, and what to do."""

from __future__ import annotations

from collections.abc import Mapping

import dagster as dg
import requests

TIMEOUT = 10.0
"""Seconds for the webhook to answer: the sensor has to come to its end."""


def failure_sentence(event: dg.DagsterEvent) -> str:
    """What a failed step said: our own sentence if it was one, else the first line of the error."""
    error = event.step_failure_data.error
    while error is not None and error.cause is not None:
        error = error.cause
    if error is None:
        return "It failed without a word."
    said = error.message.strip().splitlines()[0]
    for wrapper in ("dagster._core.definitions.events.Failure: ", "dagster.Failure: "):
        said = said.removeprefix(wrapper)
    return said


def summary(job: str, run_id: str, steps: Mapping[str, str], said: str) -> str:
    """The whole message; `steps` is step -> what it said."""
    name = "" if job.startswith("__") else f" ({job})"
    if not steps:
        first = said.strip().splitlines()[:1]
        why = f": {first[0]}" if first else "."
        return f"Run {run_id[:8]}{name} failed before an asset did{why} Look at the run's page."
    listed = [f"- {step.replace('__', '/', 1)}: {why}" for step, why in steps.items()]
    assets = "1 asset" if len(steps) == 1 else f"{len(steps)} assets"
    return "\n".join(
        [
            f"Run {run_id[:8]}{name} failed at {assets}:",
            *listed,
            "The other assets of the run are loaded, unless they follow from these. Mend what is "
            "named here, then choose 'Re-execute from failure' on the run's page.",
        ]
    )


def post_to_webhook(url: str, text: str, run_id: str, steps: Mapping[str, str]) -> str | None:
    """Send the summary as JSON, the text under `text` as chats want it; gives what went wrong.

    The address is a secret: it is in no message.
    """
    failed = {step.replace("__", "/", 1): why for step, why in steps.items()}
    try:
        answer = requests.post(
            url, json={"text": text, "run_id": run_id, "failed": failed}, timeout=TIMEOUT
        )
    except requests.RequestException as error:
        return f"The webhook could not be reached ({type(error).__name__}): check webhook_url."
    if not answer.ok:
        return f"The webhook answered {answer.status_code}: check webhook_url."
    return None
