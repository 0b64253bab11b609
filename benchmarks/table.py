"""The figures as a Markdown table, and between two marks of the README."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benchmarks.figures import GOALS

BEGIN, END = "<!-- figures of make bench -->", "<!-- end of the figures -->"


def table(figures: Mapping[str, float], *, with_goals: bool = True) -> str:
    """A line a figure; with the goals, those that miss theirs say so."""
    lines = ["| what | figure | goal |", "|---|---|---|"]
    if not with_goals:
        lines = ["| what | figure |", "|---|---|"]
    for goal in GOALS:
        if goal.figure not in figures:
            continue
        value = figures[goal.figure]
        missed = "" if goal.is_met(value) else ", missed"
        line = f"| {goal.means} | {shown(value)}{goal.unit} |"
        lines.append(f"{line} {goal.shown}{missed} |" if with_goals else line)
    return "\n".join(lines)


def shown(value: float) -> str:
    """Three digits, or whole numbers."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def in_readme(text: str, figures: Mapping[str, float], notes: Sequence[str]) -> str:
    """The README with the table between its marks.

    Raises:
        ValueError: the marks are not there.
    """
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"README.md has no {BEGIN} ... {END} for the figures to stand between")
    small = " ".join(notes)
    return f"{before}{BEGIN}\n\n{table(figures, with_goals=False)}\n\n{small}\n\n{END}{after}"
