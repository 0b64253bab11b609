"""What nobody measured can be chosen on the command line."""

import pytest

from shotgrid_dagster.sandbox.writes.policy import (
    EventPolicy,
    StampPolicy,
    WritePolicy,
    policy_from_text,
)


def test_nothing_chosen_is_everything_off() -> None:
    assert policy_from_text([]) == WritePolicy()


def test_stamps_and_events_are_chosen_by_name() -> None:
    texts = ["on_retire", "on_far_side=true", "block=33", "head_density=0.7", "late_seconds=5"]
    assert policy_from_text([*texts, "regain_links"]) == WritePolicy(
        StampPolicy(on_retire=True, on_far_side=True),
        EventPolicy(block=33, head_density=0.7, late_seconds=5.0, regain_links=True),
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("on_retyre", "on_retyre is not one of on_retire, on_revive"),
        ("on_retire=maybe", "on_retire cannot be maybe"),
        ("block=many", "block cannot be many"),
        ("block", "block cannot be on"),
    ],
)
def test_a_choice_that_there_is_not_is_said(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        policy_from_text([text])
