# SPDX-License-Identifier: GPL-3.0-or-later
"""Brings the people of a file into the desk, some lines at a time, and tells how far it is.

One-time passwords are told once: whatever stops it, those of who was added so far come back.
"""

from __future__ import annotations

import csv
import io
import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from helpdesk.client.exports import growing
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.errors import DeskError
from helpdesk.core.schemas.users import ImportedLine, ImportedUser, ImportOutcome, UserBatch
from helpdesk.services.user_import_file import (
    FIELDS,
    PeopleColumns,
    PeopleFile,
    examples_of,
    guessed,
    parsed_mapping,
    read_people,
)

__all__ = ["FIELDS", "PeopleFile", "examples_of", "guessed", "parsed_mapping", "read_people"]

Progress = Callable[[int, int], None]
"""Called with how many lines are done and how many there are."""
AT_ONCE, LOOKED_AT_ONCE = 100, 500
_TITLES = ("Line", "User name", "Outcome", "One-time password", "Problem")
_OWNER_ONLY = 0o600


@dataclass(frozen=True, slots=True)
class Wanted:
    """How a file is to be imported."""

    trial: bool
    updates: bool
    admins: bool


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of the lines that were done, and what kept the others from it, if anything."""

    lines: tuple[ImportedLine, ...]
    stopped: bool = False
    error: DeskError | None = None
    by_outcome: Mapping[ImportOutcome, tuple[ImportedLine, ...]] = field(init=False, repr=False)
    """Sorted where it is made: a window must not stand still for fifty thousand lines."""
    warned: tuple[ImportedLine, ...] = field(init=False, repr=False)
    """The lines with a warning."""

    def __post_init__(self) -> None:
        """Sort the lines."""
        found: dict[ImportOutcome, list[ImportedLine]] = {outcome: [] for outcome in ImportOutcome}
        for line in self.lines:
            found[line.outcome].append(line)
        by_outcome = {outcome: tuple(lines) for outcome, lines in found.items()}
        object.__setattr__(self, "by_outcome", by_outcome)
        object.__setattr__(self, "warned", tuple(line for line in self.lines if line.warning))

    @property
    def counts(self) -> Counter[ImportOutcome]:
        """How many lines have come to which outcome."""
        return Counter({outcome: len(lines) for outcome, lines in self.by_outcome.items()})

    @property
    def has_passwords(self) -> bool:
        """Whether there is anything to hand out."""
        return any(line.password for line in self.lines)


def import_people(
    desk: HelpDesk,
    file: PeopleFile,
    mapping: Mapping[str, str],
    wanted: Wanted,
    *,
    progress: Progress = lambda _done, _total: None,
    is_stopped: Callable[[], bool] = lambda: False,
) -> Imported:
    """Add and change the people of a file, or only look what would become of them.

    Raises ``Invalid`` where the mapping is of no use; what goes wrong later comes with the result.
    """
    columns = PeopleColumns(file.header, mapping)
    lines: list[ImportedLine] = []
    at_once = LOOKED_AT_ONCE if wanted.trial else AT_ONCE
    for first in range(0, len(file.rows), at_once):
        if is_stopped():
            return Imported(tuple(lines), stopped=True)
        rows = file.rows[first : first + at_once]
        bad = [_unreadable(row.number, row.problem) for row in rows if row.problem]
        people = [columns.person(row) for row in rows if not row.problem]
        try:
            done = _batch(desk, people, wanted)
        except DeskError as error:
            return Imported(tuple(lines), error=error)
        lines += sorted([*bad, *done], key=lambda line: line.line)
        progress(len(lines), len(file.rows))
    return Imported(tuple(lines))


def save_outcome(lines: Sequence[ImportedLine], target: Path) -> None:
    """Write what became of each line into a CSV file that only its owner can read.

    It holds one-time passwords. Raises ``NotWritten``.
    """
    from helpdesk.reporting.csv_file import BYTE_ORDER_MARK, safe

    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(_TITLES)
    for line in lines:
        cells = (line.username, line.outcome.label, line.password, line.problem)
        writer.writerow([line.line, *map(safe, cells)])
    with growing(target) as file:
        if hasattr(os, "fchmod"):
            os.fchmod(file.fileno(), _OWNER_ONLY)
        file.write(BYTE_ORDER_MARK + text.getvalue().encode())


def _batch(
    desk: HelpDesk, people: Sequence[ImportedUser], wanted: Wanted
) -> tuple[ImportedLine, ...]:
    if not people:
        return ()
    batch = UserBatch(
        rows=tuple(people), trial=wanted.trial, updates=wanted.updates, admins=wanted.admins
    )
    return desk.users.import_some(batch).lines


def _unreadable(number: int, problem: str) -> ImportedLine:
    said = problem[:1].upper() + problem[1:] + "."
    return ImportedLine(line=number, outcome=ImportOutcome.REFUSED, username="", problem=said)
