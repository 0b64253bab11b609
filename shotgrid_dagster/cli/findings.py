"""What `shotgrid-dagster check` finds, and how it is shown."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

WIDTH = 100


class Level(Enum):
    """How bad a finding is."""

    OK = "ok"
    NOTE = "note"
    """Nothing fails, but somebody may want to know."""
    FAILS = "FAILS"
    """A load, or a part of it, would fail."""


@dataclass(frozen=True)
class Finding:
    """One sentence of the check."""

    level: Level
    text: str
    """Lines below the first are lines for a file: they stay as they are."""


@dataclass(frozen=True)
class Section:
    """What was found about one thing."""

    title: str
    findings: tuple[Finding, ...] = ()
    table: tuple[str, ...] = ()
    """Lines that go below the findings as they are."""


def shown(section: Section, mark: Callable[[Level], str] = lambda level: level.value) -> str:
    """A section as lines of at most 100 characters; `mark` may colour the levels."""
    lines = [section.title]
    indent = " " * 9
    for finding in section.findings:
        sentence, *lines_to_add = finding.text.splitlines()
        text = textwrap.fill(
            sentence,
            WIDTH,
            initial_indent=indent,
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
        )
        padding = " " * (len(indent) - 2 - len(finding.level.value))
        lines.append(f"  {mark(finding.level)}{padding}{text.lstrip()}")
        lines += [f"{indent}{line}" for line in lines_to_add]
    if section.findings and section.table:
        lines.append("")
    lines += [f"  {line}" for line in section.table]
    return "\n".join(lines) + "\n"


def verdict(sections: Sequence[Section]) -> str:
    """The last line: what it all comes to."""
    failing = failures(sections)
    if failing:
        things = "one thing" if failing == 1 else f"{failing} things"
        return f"A load would fail, in whole or in part: {things} above (FAILS)."
    notes = sum(finding.level is Level.NOTE for section in sections for finding in section.findings)
    if not notes:
        return "All is well: this site can be loaded."
    aside = "the note above is" if notes == 1 else f"{notes} notes above are"
    return f"All is well: this site can be loaded ({aside} worth a look)."


def failures(sections: Sequence[Section]) -> int:
    """How many findings say that something would fail."""
    return sum(finding.level is Level.FAILS for section in sections for finding in section.findings)
