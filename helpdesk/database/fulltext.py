# SPDX-License-Identifier: GPL-3.0-or-later
"""The full-text index over tickets: SQLite FTS5, one row a ticket under the ticket's id.

The index is written in the ticket's own transaction and always by its row id, so that a new
ticket is found at once and a comment costs the same at any size. ``requester`` holds one word
for the person, and one for each who follows the ticket, which lets their search meet only these
tickets by intersecting two sorted lists instead of filtering every hit. The tags stand behind the
subject, as a line of their own, and behind them what the desk's own fields hold, a line for each;
what the staff alone may know of these stands before the notes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

INSERT_SQL = (
    "INSERT INTO ticket_search (rowid, subject, description, comments, notes, requester)"
    " VALUES (?, ?, ?, ?, ?, ?)"
)

_ADD_COMMENT = "UPDATE ticket_search SET comments = comments || char(10) || :body WHERE rowid = :id"
_ADD_NOTE = "UPDATE ticket_search SET notes = notes || char(10) || :body WHERE rowid = :id"


def _held(*, staff_only: bool) -> str:
    """Return the expression for the values of the own fields of ticket ``t``, a line for each."""
    return (
        "coalesce((SELECT group_concat(char(10) || held, '') FROM (SELECT CASE f.kind"  # noqa: S608
        " WHEN 'user' THEN (SELECT u.full_name FROM \"user\" u"
        " WHERE u.id = CAST(v.value AS INTEGER)) ELSE v.value END AS held"
        " FROM ticket_field v JOIN custom_field f ON f.id = v.field_id"
        f" WHERE v.ticket_id = t.id AND f.staff_only = {int(staff_only)} ORDER BY v.field_id)), '')"
    )


INDEXED_SUBJECT = (
    "t.subject || coalesce((SELECT char(10) || group_concat(name, ' ') FROM (SELECT g.name"  # noqa: S608 - our own names
    " FROM tag g JOIN ticket_tag m ON m.tag_id = g.id WHERE m.ticket_id = t.id"
    " ORDER BY g.name_folded)), '') || " + _held(staff_only=False)
)
"""What the index holds as the subject of ticket ``t``: with tags and values behind it."""
INDEXED_PEOPLE = (
    "'requester' || t.requester_id || coalesce((SELECT group_concat(word, '') FROM"
    " (SELECT ' watcher' || w.person_id AS word FROM watcher w WHERE w.ticket_id = t.id"
    " ORDER BY w.person_id)), '')"
)
"""The words for who may meet ticket ``t`` without being of the staff."""


def _joined(*, internal: bool) -> str:
    """Return the expression for what is said on ticket ``t`` as the search index holds it.

    These are the comments, each with its files behind it; files of the ticket itself come first.
    """
    kept = f"WHERE ticket_id = t.id AND internal = {int(internal)}"
    return (
        "coalesce((SELECT group_concat(line, '') FROM ("  # noqa: S608 - our own names
        f"SELECT char(10) || body AS line, id AS place, 0 AS part FROM comment {kept}"
        " UNION ALL SELECT char(10) || coalesce(said, name), coalesce(comment_id, 0), id"
        f" FROM attachment {kept} ORDER BY place, part)), '')"
    )


INDEXED_NOTES = f"{_held(staff_only=True)} || {_joined(internal=True)}"
"""What the index holds as the notes of ticket ``t``: with the staff's values before them."""
SEARCH_ROWS = (
    f"SELECT t.id, {INDEXED_SUBJECT} AS subject, t.description,"  # noqa: S608 - our own names
    f" {_joined(internal=False)} AS replies, {INDEXED_NOTES} AS notes,"
    f" {INDEXED_PEOPLE} AS requester FROM ticket t"
)
"""What the index holds of each ticket ``t``, worked out anew."""
INSERT_ROWS = (
    "INSERT INTO ticket_search (rowid, subject, description, comments, notes, requester)"
    f" {SEARCH_ROWS}"
)
_AROUND = (
    f"UPDATE ticket_search SET subject = (SELECT {INDEXED_SUBJECT} FROM ticket t"  # noqa: S608
    f" WHERE t.id = :id), requester = (SELECT {INDEXED_PEOPLE} FROM ticket t WHERE t.id = :id)"
    " WHERE rowid = :id"
)
_NOTES = (
    f"UPDATE ticket_search SET notes = (SELECT {INDEXED_NOTES} FROM ticket t"  # noqa: S608
    " WHERE t.id = :id) WHERE rowid = :id"
)

_LONGEST_QUERY = 500
_MOST_WORDS = 32
_TERM = re.compile(r'"([^"]*)"?|(\S+)')
_SIGNED = re.compile(r'(-?)"([^"]*)"?|(\S+)')
_PUBLIC_COLUMNS = "subject description comments"
_STAFF_COLUMNS = "subject description comments notes"


class Words(NamedTuple):
    """What somebody searches for: whole terms, and the one still being typed."""

    terms: tuple[str, ...]
    unfinished: str | None
    excluded: tuple[str, ...] = ()
    """What must not be said."""

    @property
    def all(self) -> tuple[str, ...]:
        """Every term, for highlighting."""
        return (*self.terms, self.unfinished) if self.unfinished else self.terms


def words_of(query: str) -> Words:
    """Split what was typed into words and quoted phrases; everything else is literal text.

    The last word counts as unfinished, and matches every word that begins with it, unless a
    blank or a quotation mark follows it.
    """
    query = query[:_LONGEST_QUERY]
    terms = [
        (quoted or bare, bool(quoted))
        for quoted, bare in _TERM.findall(query)
        if _has_word(quoted or bare)
    ][:_MOST_WORDS]
    if not terms:
        return Words((), None)
    *whole, (last, is_phrase) = terms
    finished = is_phrase or query[-1:].isspace() or query.rstrip().endswith('"')
    terms_before = tuple(term for term, _ in whole)
    return Words((*terms_before, last), None) if finished else Words(terms_before, last)


def searched_words(query: str) -> Words:
    """Split what was typed as ``words_of`` does, but take ``-word`` for what must not be said."""
    query = query[:_LONGEST_QUERY]
    excluded, kept, place = [], [], 0
    for match in _SIGNED.finditer(query):
        sign, phrase, bare = match.groups()
        term = phrase if sign else (bare or "")[1:] if (bare or "").startswith("-") else ""
        if _has_word(term):
            excluded.append(term)
            kept.append(query[place : match.start()])
            place = match.end()
    # What stands before a word that is left out is finished.
    rest = " ".join((*kept, query[place:])) if excluded else query
    return words_of(rest)._replace(excluded=tuple(dict.fromkeys(excluded))[:_MOST_WORDS])


def match_expression(
    words: Words, *, requester_ids: Sequence[int], notes: bool, watcher_id: int | None = None
) -> str:
    """Return the FTS5 expression; with requesters it meets their tickets alone.

    With a watcher besides, also those that this person follows.
    """
    columns = _STAFF_COLUMNS if notes else _PUBLIC_COLUMNS
    said = f"{{{columns}}} : ({terms_expression(words)})"
    if requester_ids:
        people = [requester_word(id_) for id_ in requester_ids]
        people += [] if watcher_id is None else [watcher_word(watcher_id)]
        owners = " OR ".join(map(_quoted, people))
        said = f"requester : ({owners}) AND {said}"
    return f"({said}) NOT {excluded_expression(words, notes=notes)}" if words.excluded else said


def excluded_expression(words: Words, *, notes: bool) -> str:
    """Return the FTS5 expression that whatever is to be left out fulfils."""
    columns = _STAFF_COLUMNS if notes else _PUBLIC_COLUMNS
    return f"({{{columns}}} : ({' OR '.join(map(_quoted, words.excluded))}))"


def terms_expression(words: Words) -> str:
    """Return the FTS5 expression that all words fulfil together, in whatever column."""
    parts = [_quoted(term) for term in words.terms]
    if words.unfinished:
        parts.append(_quoted(words.unfinished) + "*")
    return " AND ".join(parts)


def requester_word(requester_id: int) -> str:
    """Return the word that stands for a requester in the index."""
    return f"requester{requester_id}"


def watcher_word(person_id: int) -> str:
    """Return the word that stands for somebody who follows a ticket in the index."""
    return f"watcher{person_id}"


def index_around(session: Session, ticket_ids: Sequence[int]) -> None:
    """Index anew the tags and values of tickets, and who may meet them."""
    session.flush()
    if ticket_ids:
        session.execute(text(_AROUND), [{"id": id_} for id_ in ticket_ids])


def index_notes(session: Session, ticket_ids: Sequence[int]) -> None:
    """Index anew what the staff alone may know of tickets."""
    session.flush()
    if ticket_ids:
        session.execute(text(_NOTES), [{"id": id_} for id_ in ticket_ids])


def add_ticket(
    session: Session, ticket_id: int, subject: str, description: str, requester_id: int
) -> None:
    """Index a new ticket."""
    row = (ticket_id, subject, description, "", "", requester_word(requester_id))
    session.connection().exec_driver_sql(INSERT_SQL, row)


def add_comment(session: Session, ticket_id: int, body: str, *, internal: bool) -> None:
    """Index a comment with its ticket."""
    statement = _ADD_NOTE if internal else _ADD_COMMENT
    session.execute(text(statement), {"body": body, "id": ticket_id})


def add_whole(session: Session, ticket_id: int) -> None:
    """Index a ticket with all that is said on it, in one go."""
    session.flush()
    session.execute(text(f"{INSERT_ROWS} WHERE t.id = :id"), {"id": ticket_id})


def _quoted(term: str) -> str:
    return '"' + term.replace('"', '""').replace("\x00", " ") + '"'


def _has_word(term: str) -> bool:
    return any(unicodedata.category(letter)[0] in "LN" for letter in term)
