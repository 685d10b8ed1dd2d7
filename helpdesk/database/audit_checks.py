# SPDX-License-Identifier: GPL-3.0-or-later
"""Follows the chain of the audit log from its first entry to its newest, and names what breaks it.

Nothing of the log is ever mended: what does not fit is evidence. Who can write the whole chain
anew leaves no break, so the number and the digest of the newest entry are told, to be kept
elsewhere and asked for again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from helpdesk.database.audit_chain import COLUMNS, FIRST_DIGEST, Written, digest_of, names_of
from helpdesk.database.figure_rows import Statements

AUDIT_WEIGHT = 4
_AT_ONCE = 5_000
_STATEMENT = (
    f"SELECT {', '.join(COLUMNS)}, names_folded, digest FROM audit_entry"  # noqa: S608 - our own
    f" WHERE id > :after ORDER BY id LIMIT {_AT_ONCE}"
)
_LOOKED_INTO = 60
"""So many entries that do not fit are looked into; where there are more, they are counted."""
_NAMED = 5
_KEEP = "keep this database as it is, and compare it with a backup."
_MISSING = "Audit {which} missing; " + _KEEP
_MOVED = "Audit {which} put into another order, or moved by one that was put in; " + _KEEP
_ODD = (
    "Audit {which} not what was written: changed, put in, or behind one that was; " + _KEEP
)  # fmt: skip
_OTHER_NAMES = "Audit {which} not found by the names in it; " + _KEEP
_UNGUARDED = (
    "The audit log lacks what keeps its entries from being changed ({guards}): somebody took it"
    " away, and could change and remove entries; " + _KEEP
)
_NOT_NOTED = (
    "The audit log holds no entry {number} with the digest that the log file notes: it was"
    " shortened or written anew, or an older copy of the desk was put back; " + _KEEP
)
_FILE_GUARDS = (
    "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit_entry'"
    " AND sql LIKE '%raise(ABORT%'",
    ("audit_entry_in_order", "audit_entry_no_delete", "audit_entry_no_update"),
)
_SERVER_GUARDS = (
    "SELECT tgname FROM pg_trigger WHERE tgrelid = CAST('audit_entry' AS regclass)"
    " AND tgenabled IN ('O', 'A')",
    ("audit_entry_not_emptied", "audit_entry_only_added"),
)
_NOT_KEPT = (
    "The audit log holds no entry {number} with the digest that you keep: it was shortened or"
    " written anew; " + _KEEP
)


class Head(NamedTuple):
    """The newest entry of the log: its number, which is how many there are, and its digest."""

    number: int
    digest: str


class _Entry(NamedTuple):
    written: Written
    names: str
    digest: str

    def fits(self, before: str, number: int) -> bool:
        """Return whether it was written as this number behind that digest."""
        return digest_of(before, self.written._replace(id=number)) == self.digest


class _Odd(NamedTuple):
    entry: _Entry
    before: str


class AuditChain:
    """One walk along the chain; afterwards ``head`` is its end."""

    def __init__(self, kept: Head | None = None, noted: Head | None = None) -> None:
        """Look as well for two ends of the chain that were kept earlier.

        ``kept`` is one that somebody wrote down, ``noted`` one that the log file tells.
        """
        self.head = Head(0, FIRST_DIGEST)
        self._kept, self._noted = kept, noted
        self._seen = {self.head}
        self._missing: list[range] = []
        self._odd: list[_Odd] = []
        self._more_odd = 0
        self._other_names: list[int] = []

    def findings(self, statements: Statements) -> list[str]:
        """Return what is wrong with the log, a line each."""
        for entry in _entries(statements):
            self._follow(entry)
        moved, odd = self._told_apart()
        found = [
            *_told(_MISSING, self._missing),
            *_told(_MOVED, _ranges(moved)),
            *_told(_ODD, _ranges(odd), self._more_odd),
            *_told(_OTHER_NAMES, _ranges(self._other_names)),
        ]
        for head, sentence in ((self._kept, _NOT_KEPT), (self._noted, _NOT_NOTED)):
            if head is not None and head not in self._seen:
                found.append(sentence.format(number=head.number))
        return found

    def _follow(self, entry: _Entry) -> None:
        number, before = entry.written.id, self.head.digest
        expected = self.head.number + 1
        if number != expected:
            # What comes behind a gap follows from what is not there any more.
            self._missing.append(range(expected, number))
        elif not entry.fits(before, number):
            if len(self._odd) < _LOOKED_INTO:
                self._odd.append(_Odd(entry, before))
            else:
                self._more_odd += 1
        if entry.names != names_of(entry.written.actor_name, entry.written.about_name):
            self._other_names.append(number)
        self.head = Head(number, entry.digest)
        if self.head in (self._kept, self._noted):
            self._seen.add(self.head)

    def _told_apart(self) -> tuple[list[int], list[int]]:
        """Return which entries that do not fit were written for another place, and the others.

        One that only comes behind such an entry is what was written, and is not told of.
        """
        digests = {each for odd in self._odd for each in (odd.before, odd.entry.digest)}
        numbers = [odd.entry.written.id for odd in self._odd]
        moved, changed, behind = [], [], []
        for number, odd in zip(numbers, self._odd, strict=True):
            if _was_written_as(odd.entry, (number,), digests):
                behind.append(number)
            elif _was_written_as(odd.entry, numbers, digests):
                moved.append(number)
            else:
                changed.append(number)
        if moved or changed:
            return moved, changed
        return [], behind


def guard_findings(statements: Statements, *, in_file: bool) -> list[str]:
    """Return whether something is gone that keeps entries from being changed, as a line."""
    statement, wanted = _FILE_GUARDS if in_file else _SERVER_GUARDS
    there = {row[0] for row in statements.run(statement, {})}
    gone = [name for name in wanted if name not in there]
    return [_UNGUARDED.format(guards=", ".join(gone))] if gone else []


def _entries(statements: Statements) -> Iterator[_Entry]:
    """Yield every entry by its number, some at a time in memory."""
    after = -(2**63)
    while True:
        rows = list(statements.run(_STATEMENT, {"after": after}))
        for *written, names, digest in rows:
            yield _Entry(Written(*written), names, digest)
        if len(rows) < _AT_ONCE:
            return
        after = rows[-1][0]


def _was_written_as(entry: _Entry, numbers: Iterable[int], digests: Iterable[str]) -> bool:
    return any(entry.fits(before, number) for number in numbers for before in digests)


def _ranges(numbers: Iterable[int]) -> list[range]:
    """Return ascending numbers as the stretches that they make."""
    found: list[range] = []
    for number in numbers:
        if found and found[-1].stop == number:
            found[-1] = range(found[-1].start, number + 1)
        else:
            found.append(range(number, number + 1))
    return found


def _told(sentence: str, stretches: list[range], more: int = 0) -> list[str]:
    """Return a sentence with the first stretches, and how many entries there are besides."""
    if not stretches:
        return []
    named = [
        str(each.start) if len(each) == 1 else f"{each.start} to {each.stop - 1}"
        for each in stretches[:_NAMED]
    ]
    more += sum(map(len, stretches[_NAMED:]))
    if more:
        named.append(f"{more:,} more")
    listed = named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}"
    is_one = not more and len(stretches) == 1 and len(stretches[0]) == 1
    return [sentence.format(which=f"entry {listed} is" if is_one else f"entries {listed} are")]
