# SPDX-License-Identifier: GPL-3.0-or-later
"""The search table of PostgreSQL: its rows, its limits, and what a query asks of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from helpdesk.core.schemas.tickets import Priority, Source, Status
from helpdesk.database.db_manager import database_at
from helpdesk.database.fulltext import words_of
from helpdesk.database.postgres_search import (
    SearchRow,
    add_comment,
    add_ticket,
    query_of,
    search_row,
    search_rows,
)
from helpdesk.models import Ticket
from tests.places import postgres_copy
from tests.unit.repositories.mixed_texts import START

_MEGABYTE = 1024 * 1024


@pytest.fixture(scope="module")
def url(template: Path) -> Iterator[str]:
    with postgres_copy(template) as copy:
        yield copy


@pytest.fixture
def session(url: str) -> Iterator[Session]:
    """Return a session on a real PostgreSQL with one ticket, undone after the test."""
    database = database_at(url)
    with database.writing() as session:
        session.execute(
            insert(Ticket).values(
                id=1, version=1, status=Status.NEW, priority=Priority.LOW, requester_id=1,
                created_at=START, updated_at=START, replies=0, notes=0, source=Source.DESKTOP,
                subject="", description="",
            )
        )  # fmt: skip
        yield session
        session.rollback()
    database.dispose()


def stored(session: Session) -> SearchRow:
    row = session.execute(
        text("SELECT ticket_id, tsvector_to_array(words), public, internal FROM ticket_search")
    ).one()
    return SearchRow(*row)


def is_found(session: Session, typed: str, *, notes: bool = True, requester: int = 0) -> bool:
    query = query_of(words_of(typed), requester_ids=[requester] if requester else [], notes=notes)
    found = session.execute(
        text("SELECT count(*) FROM ticket_search WHERE words @@ CAST(:words AS tsquery)"),
        {"words": query.words},
    )
    return bool(found.scalar_one())


def test_a_row_holds_each_word_once_and_all_words_in_their_order():
    row = search_row((7, 3, "Slow mail", "mail is slow", "\nreally\nvery slow", "\nslow user"))
    assert row.ticket_id == 7
    assert row.words == ["@3", "slow", "mail", "is", "really", "very", ":slow", ":user"]
    assert row.public == "\n slow mail \n mail is slow \n really very slow "
    assert row.internal == "\n slow user "


def test_many_rows_at_once_are_the_same_rows():
    tickets = [(id_, 1, f"subject {id_}", "", "\n" * (id_ % 2), f"\nnote {id_}") for id_ in (1, 2)]
    assert search_rows(tickets) == [search_row(ticket) for ticket in tickets]
    assert search_rows([]) == []


def test_comments_one_by_one_make_the_row_that_all_at_once_make(session: Session):
    add_ticket(session, 1, "Slow mail", "Über alles", 1)
    for body, internal in (("first", False), ("Note", True), ("!", False), ("second", False)):
        add_comment(session, 1, body, internal=internal)
    whole = search_row((1, 1, "Slow mail", "Über alles", "\nfirst\n!\nsecond", "\nNote"))
    assert stored(session) == whole._replace(words=sorted(whole.words))


def test_the_beginning_of_a_word_leads_neither_to_notes_nor_to_requesters(session: Session):
    add_ticket(session, 1, "Slow mail", "", 1)
    add_comment(session, 1, "nothing", internal=True)
    for typed in ("n", "r", ":", "@", "@1", ":n", "noth", "nothing"):
        assert not is_found(session, typed, notes=False)
    assert is_found(session, "noth")
    assert not is_found(session, "m", requester=2)
    assert is_found(session, "m", requester=1)


@pytest.mark.parametrize("typed", ["it's ", "back\\slash ", "a:* ", "'", "(", "a & b ", "<-> x "])
def test_no_sign_is_an_operator(session: Session, typed: str):
    add_ticket(session, 1, typed, "", 1)
    assert is_found(session, typed) == any(letter.isalnum() for letter in typed)


@pytest.mark.parametrize("letter", ["x", "ü", "印", "𐐨"])
def test_the_longest_word_is_stored_and_found_by_what_can_be_typed(session: Session, letter: str):
    add_ticket(session, 1, "", letter * 40_000, 1)
    assert is_found(session, letter * 500)
    assert not is_found(session, f'"{letter * 499}"')


def test_a_text_with_too_many_words_keeps_the_first_ones(session: Session):
    said = " ".join(f"word{number:06d}" for number in range(120_000))
    add_ticket(session, 1, "Long", said, 1)
    assert is_found(session, "word000000 long ")
    assert not is_found(session, "word119999 ")
    assert sum(map(len, stored(session).words)) < _MEGABYTE


def test_comments_without_end_never_fail_and_keep_the_first_words(session: Session):
    add_ticket(session, 1, "Long", "", 1)
    for turn in range(6):
        said = " ".join(f"{turn}x{number:06d}" for number in range(25_000))
        add_comment(session, 1, said, internal=turn == 1)
        assert is_found(session, "0x000001 long ")
    row = stored(session)
    assert sum(len(word.encode()) for word in row.words) < _MEGABYTE
    public = [f"{turn}x{n:06d}" for turn in (0, 2, 3, 4, 5) for n in range(25_000)]
    assert row.public.split() == ["long", *public]
    again = search_row((1, 1, "Long", "", "\n" + " ".join(public), "\n" + row.internal))
    assert row.words == sorted(again.words)


def test_a_term_without_a_word_finds_nothing(session: Session):
    add_ticket(session, 1, "word", "", 1)
    letter_to_python_alone = "\u19b0"
    typed = f"{letter_to_python_alone} word "
    assert words_of(typed).terms == (letter_to_python_alone, "word")
    assert query_of(words_of(typed), requester_ids=[], notes=True).words == ""
    assert not is_found(session, typed)


def test_a_short_beginning_beside_other_words_is_looked_for_in_the_lines_alone():
    def asked(typed: str) -> tuple[str, tuple[str, ...]]:
        found = query_of(words_of(typed), requester_ids=[], notes=False)
        return found.words, tuple(found.pieces)

    assert asked("printer pa") == ("('printer')", (" pa",))
    assert asked("printer pap") == ("('printer') & ('pap':*)", ())
    # With nothing else to go by, the index has to be asked.
    assert asked("pa") == ("('pa':*)", ())
