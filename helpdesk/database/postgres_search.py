# SPDX-License-Identifier: GPL-3.0-or-later
"""The full-text index over tickets in PostgreSQL: one row a ticket under the ticket's id.

``words`` holds every word once, those of internal notes and those of the requester and of who
follows the ticket behind a sign that no word can begin with; so not even the beginning of a word
leads from public text to a note. ``public`` and ``internal`` hold the words in their order, one
line for the subject, the tags and what own fields hold, one for the description and one for all
comments: a phrase is looked for there, within a line. What fields hold for the staff alone comes
before the notes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import Text, TextClause, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from helpdesk.database.fulltext import Words
from helpdesk.database.tokens import tokens_of

NOTE_SIGN, OWNER_SIGN, WATCHER_SIGN = ":", "@", "@@"

_WORDS_LIMIT = 1_000_000
"""Bytes; PostgreSQL's own limit for a ``tsvector`` is 1,048,575."""

_SELECTIVE = 3
"""Letters of a beginning of a word that few enough words begin with to ask the index for them."""

TicketText = tuple[int, int, str, str, str, str] | tuple[int, int, str, str, str, str, str]
"""Ticket, requester, subject, description, and all replies and all notes, a line for each; and the
numbers of who follows it with blanks between, where somebody does. The tags end the subject."""


def _held(*, staff_only: bool) -> str:
    """Return the expression for the values of the own fields of ticket ``t``, a line for each."""
    return (
        "coalesce((SELECT string_agg(chr(10) || held, '' ORDER BY place) FROM"  # noqa: S608
        " (SELECT v.field_id AS place, CASE f.kind WHEN 'user' THEN (SELECT u.full_name"
        " FROM \"user\" u WHERE u.id = CASE WHEN v.value ~ '^[0-9]{1,18}$'"
        " THEN v.value::bigint END) ELSE v.value END AS held"
        " FROM ticket_field v JOIN custom_field f ON f.id = v.field_id WHERE v.ticket_id = t.id"
        f" AND {'' if staff_only else 'NOT '}f.staff_only) AS held_values), '')"
    )


INDEXED_SUBJECT = (
    "t.subject || coalesce((SELECT chr(10) || string_agg(g.name, ' ' ORDER BY g.name_folded)"  # noqa: S608 - our own names
    " FROM tag g JOIN ticket_tag m ON m.tag_id = g.id WHERE m.ticket_id = t.id), '') || "
    + _held(staff_only=False)
)
WATCHERS = (
    "coalesce((SELECT string_agg(w.person_id::text, ' ' ORDER BY w.person_id)"
    " FROM watcher w WHERE w.ticket_id = t.id), '')"
)


def _said(*, internal: bool) -> str:
    """Return the expression for the comments of ticket ``t`` and their files, a line for each."""
    kept = f"WHERE ticket_id = t.id AND {'internal' if internal else 'NOT internal'}"
    return (
        "coalesce((SELECT string_agg(chr(10) || line, '' ORDER BY place, part) FROM ("  # noqa: S608
        f"SELECT body AS line, id AS place, 0 AS part FROM comment {kept}"
        " UNION ALL SELECT coalesce(said, name), coalesce(comment_id, 0), id"
        f" FROM attachment {kept}) AS lines), '')"
    )


TICKET_TEXTS = (
    f"t.id, t.requester_id, {INDEXED_SUBJECT}, t.description,"
    f" {_said(internal=False)}, {_held(staff_only=True)} || {_said(internal=True)}, {WATCHERS}"
)
"""The columns of ticket ``t`` that make a ``TicketText``."""


class SearchRow(NamedTuple):
    """A row of ``ticket_search``; ``words`` becomes one by ``array_to_tsvector``."""

    ticket_id: int
    words: list[str]
    public: str
    internal: str


class Query(NamedTuple):
    """What is searched for: a ``tsquery``, and what else ``public`` or ``internal`` must hold."""

    words: str
    pieces: tuple[str, ...]


def _with_words(statement: str) -> TextClause:
    return text(statement).bindparams(bindparam("words", type_=ARRAY(Text)))


def _addition(column: str) -> TextClause:
    # Nearly always there is room for every word there could be; else they are chosen anew.
    return _with_words(
        f"UPDATE ticket_search SET words = words || array_to_tsvector(:words),"  # noqa: S608
        f" {column} = {column} || :line WHERE ticket_id = :ticket_id"
        f" AND octet_length(public) + octet_length(internal) + :bytes < {_WORDS_LIMIT}"
    )


_ADD_ROW = _with_words(
    "INSERT INTO ticket_search (ticket_id, words, public, internal)"
    " VALUES (:ticket_id, array_to_tsvector(:words), :public, :internal)"
)
_ADD_REPLY, _ADD_NOTE = _addition("public"), _addition("internal")
_WHOLE = text(f"SELECT {TICKET_TEXTS} FROM ticket t WHERE t.id = :ticket_id")  # noqa: S608
_MANY_WHOLE = text(f"SELECT {TICKET_TEXTS} FROM ticket t WHERE t.id = ANY(:ticket_ids)")  # noqa: S608
_LONG_ROW = text(
    f"SELECT t.requester_id, {WATCHERS}, public, internal FROM ticket_search"  # noqa: S608
    " JOIN ticket t ON t.id = ticket_id WHERE ticket_id = :ticket_id"
)
_AROUND = text(
    f"SELECT t.id, t.requester_id, {WATCHERS}, {INDEXED_SUBJECT}, public, internal"  # noqa: S608
    " FROM ticket_search JOIN ticket t ON t.id = ticket_id WHERE ticket_id = ANY(:ticket_ids)"
)
_SET_ROW = _with_words(
    "UPDATE ticket_search SET words = array_to_tsvector(:words), public = :public,"
    " internal = :internal WHERE ticket_id = :ticket_id"
)


def search_rows(texts: Iterable[TicketText]) -> list[SearchRow]:
    """Return the rows of some tickets; some hundred at once cost least."""
    tickets = list(texts)
    tokens = iter(tokens_of([said for ticket in tickets for said in ticket[2:6]]))
    return [_row(ticket, [next(tokens) for _ in range(3)], next(tokens)) for ticket in tickets]


def search_row(ticket: TicketText) -> SearchRow:
    """Return the row of one ticket."""
    return search_rows([ticket])[0]


def add_ticket(
    session: Session, ticket_id: int, subject: str, description: str, requester_id: int
) -> None:
    """Index a new ticket."""
    row = search_row((ticket_id, requester_id, subject, description, "", ""))
    session.execute(_ADD_ROW, row._asdict())


def add_whole(session: Session, ticket_id: int) -> None:
    """Index a ticket with all that is said on it, in one go."""
    session.flush()
    row: TicketText = tuple(session.execute(_WHOLE, {"ticket_id": ticket_id}).one())
    session.execute(_ADD_ROW, search_row(row)._asdict())


def add_comment(session: Session, ticket_id: int, body: str, *, internal: bool) -> None:
    """Index a comment with its ticket."""
    (tokens,) = tokens_of([body])
    sign, statement = (NOTE_SIGN, _ADD_NOTE) if internal else ("", _ADD_REPLY)
    line = _line(tokens)
    values = {
        "ticket_id": ticket_id,
        "words": list(dict.fromkeys(sign + token for token in tokens)),
        "line": line,
        "bytes": len(line.encode()),
    }
    if session.connection().execute(statement, values).rowcount == 0:
        _add_to_long(session, ticket_id, line, internal=internal)


def index_around(session: Session, ticket_ids: Sequence[int]) -> None:
    """Index anew the tags and values of tickets, and who may meet them."""
    session.flush()
    found = session.execute(_AROUND, {"ticket_ids": list(ticket_ids)}).all()
    rows = []
    for row, tokens in zip(found, tokens_of([each[3] for each in found]), strict=True):
        ticket_id, requester_id, watchers, _, public, internal = row
        _, _, *others = public.split("\n ", 2)
        public = "\n ".join(("", _line(tokens), *others))
        words = _words(requester_id, public, internal, watchers)
        values = {"words": words, "public": public, "internal": internal}
        rows.append({"ticket_id": ticket_id} | values)
    if rows:
        session.execute(_SET_ROW, rows)


def index_notes(session: Session, ticket_ids: Sequence[int]) -> None:
    """Index tickets anew with what the staff alone may know of them."""
    session.flush()
    texts: list[TicketText] = [
        tuple(row) for row in session.execute(_MANY_WHOLE, {"ticket_ids": list(ticket_ids)})
    ]
    if rows := [row._asdict() for row in search_rows(texts)]:
        session.execute(_SET_ROW, rows)


def query_of(
    words: Words, *, requester_ids: Sequence[int], notes: bool, watcher_id: int | None = None
) -> Query:
    """Return the query; with requesters it meets their tickets alone, and what one follows.

    A term that holds no word, as FTS5 sees it, finds nothing, and the query is empty then. The
    beginning of a word is only looked for in the lines where requesters or other words are asked
    for and it is short: most of a desk may hold some word that begins so.
    """
    terms = tokens_of(words.all)
    if not all(terms):
        return Query("", ())
    parts, pieces = [], []
    for place, tokens in enumerate(terms, start=1):
        begins = words.unfinished is not None and place == len(terms)
        others = len(terms) > 1 or len(tokens) > 1
        is_piece = begins and bool(requester_ids or (others and len(tokens[-1]) < _SELECTIVE))
        indexed = tokens[:-1] if is_piece else tokens
        if indexed:
            parts.append(_term(indexed, begins=begins and not is_piece, notes=notes))
        if len(indexed) != 1 or len(tokens) != 1:
            pieces.append(f" {' '.join(tokens)}{'' if begins else ' '}")
    if requester_ids:
        owners = [lexeme(f"{OWNER_SIGN}{id_}") for id_ in requester_ids]
        owners += [] if watcher_id is None else [lexeme(f"{WATCHER_SIGN}{watcher_id}")]
        parts.append(f"({' | '.join(owners)})")
    return Query(" & ".join(parts), tuple(pieces))


def excluded_of(words: Words, *, notes: bool) -> tuple[tuple[str, str], ...]:
    """Return for each term that is left out its words, and the term as a piece of a line.

    A term that holds no word leaves nothing out.
    """
    terms = (tokens for tokens in tokens_of(words.excluded) if tokens)
    return tuple(
        (_term(tokens, begins=False, notes=notes), f" {' '.join(tokens)} ") for tokens in terms
    )


def _row(ticket: TicketText, said: Sequence[Sequence[str]], noted: Sequence[str]) -> SearchRow:
    ticket_id, requester_id, *_ = ticket
    watchers = ticket[6] if len(ticket) > 6 else ""
    public = "\n ".join(("", *map(_line, said)))
    internal = "\n " + _line(noted)
    words = _words(requester_id, public, internal, watchers)
    return SearchRow(ticket_id, words, public, internal)


def _line(tokens: Sequence[str]) -> str:
    """Return words with a blank behind each; before the first one of a line is another."""
    return "".join(f"{token} " for token in tokens)


def _words(requester_id: int, public: str, internal: str, watchers: str = "") -> list[str]:
    """Return every word once, public ones first, as many as there is room for."""
    people = (f"{OWNER_SIGN}{requester_id}", *(WATCHER_SIGN + each for each in watchers.split()))
    words = dict.fromkeys((*people, *public.split()))
    words |= dict.fromkeys(NOTE_SIGN + token for token in internal.split())
    chosen, room = [], _WORDS_LIMIT
    for word in words:
        room -= len(word.encode())
        if room < 0:
            break
        chosen.append(word)
    return chosen


def _add_to_long(session: Session, ticket_id: int, line: str, *, internal: bool) -> None:
    row = session.execute(_LONG_ROW, {"ticket_id": ticket_id}).one()
    requester_id, watchers, public, notes = row
    public, notes = (public, notes + line) if internal else (public + line, notes)
    words = _words(requester_id, public, notes, watchers)
    values = {"words": words, "public": public, "internal": notes}
    session.execute(_SET_ROW, {"ticket_id": ticket_id} | values)


def _term(tokens: Sequence[str], *, begins: bool, notes: bool) -> str:
    """Return the expression for a word, or for all words of a phrase, in public or in notes."""
    signs = ("", NOTE_SIGN) if notes else ("",)
    ways = (
        " & ".join(lexeme(sign + token) for token in tokens) + (":*" if begins else "")
        for sign in signs
    )
    return f"({' | '.join(ways)})"


def lexeme(word: str) -> str:
    """Return a word as a ``tsquery`` writes it."""
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"
