# SPDX-License-Identifier: GPL-3.0-or-later
"""Text of every kind through every field: stored, shown and found, or refused in a line."""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from pydantic import ValidationError

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.schemas.tickets import (
    NewComment,
    NewTicket,
    Reopening,
    Sort,
    Status,
    TicketQuery,
)
from helpdesk.core.schemas.users import NewUser, UserChange, UserQuery
from helpdesk.core.text import storable
from helpdesk.core.validation import invalid
from tests.contract.desks import dump, opened, person
from tests.faults.invariants import broken

TEXTS = {
    "NUL": "before\x00after",
    "lone surrogate": "before\ud800after\udfff",
    "right to left": "invoice \u202egnp.exe",
    "zero width": "in\u200bvisible\u2060",
    "zalgo": "Z" + "\u0300\u0301\u0302\u0303" * 45,
    "emoji": "👩‍👩‍👧‍👦 😀 🏳️‍🌈",
    "SQL": "'; DROP TABLE ticket; --",
    "HTML": '<img src="file:///etc/passwd"> <b>&amp; <a href=file:x>',
    "format": "%s %(x)s {0} {x!r} $x ${x} \\N{DIGIT ONE}",
    "quotes": "\"'`´‘’“”«»",
    "controls": "bell\x07 escape\x1b[31m delete\x7f",
    "marks of a hit": "\x02not a hit\x03",
    "template": "{{ 7*7 }} <% x %> #{x}",
    "scripts": "العربية עברית 中文 हिन्दी ไทย ελληνικά",
    "one very long word": "x" * 190,
    "private use": "\ue000\U0010ffff\ufdd0\uffff",
}
_numbers = count(1)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, template: Path) -> Iterator[EmbeddedDesk]:
    with opened(tmp_path_factory.mktemp("texts"), template) as embedded:
        yield embedded


@pytest.fixture(scope="module")
def people(desk: EmbeddedDesk) -> dict[str, HelpDesk]:
    return {name: person(desk, name) for name in ("alice", "bob", "dana")}


@pytest.mark.parametrize("kind", TEXTS)
def test_every_text_survives_in_every_field_of_a_ticket(
    desk: EmbeddedDesk, people: dict[str, HelpDesk], kind: str
):
    alice, bob, text = people["alice"], people["bob"], TEXTS[kind]
    kept = storable(text)
    ticket = alice.tickets.open(NewTicket(subject=text, description=text)).id
    bob.tickets.comment(ticket, NewComment(body=text))
    bob.tickets.comment(ticket, NewComment(body=text, internal=True, status=Status.RESOLVED))
    view = alice.tickets.reopen(ticket, Reopening(reason=text))
    assert view.description == kept
    assert [comment.body for comment in view.comments] == [kept, kept]
    if not set(text) & set(map(chr, (*range(32), 127))):
        assert view.subject == kept
    assert view == alice.tickets.view(ticket)
    (row,) = alice.tickets.search(TicketQuery(text=f"#{ticket}")).items
    assert row.subject == view.subject
    only_subject = alice.tickets.open(NewTicket(description=text))
    assert 0 < len(only_subject.subject) <= 80
    assert broken(desk.database) == []


@pytest.mark.parametrize("kind", TEXTS)
def test_a_ticket_is_found_by_the_words_of_its_text(people: dict[str, HelpDesk], kind: str):
    alice, text = people["alice"], TEXTS[kind]
    ticket = alice.tickets.open(NewTicket(subject="x", description=text)).id
    newest = TicketQuery(text=text, sort=Sort.NEWEST, limit=200)
    found = {row.id for row in alice.tickets.search(newest).items}
    has_words = any(unicodedata.category(letter)[0] in "LN" for letter in text)
    assert (ticket in found) == has_words
    assert alice.tickets.count(TicketQuery(text=text)).count >= len(found)


@pytest.mark.parametrize("kind", TEXTS)
def test_every_text_survives_in_a_name(people: dict[str, HelpDesk], kind: str):
    dana, text = people["dana"], TEXTS[kind]
    new = NewUser(username=f"name{next(_numbers)}", full_name=text)
    user = dana.users.add(new).user
    assert user.full_name == new.full_name
    renamed = dana.users.change(user.id, UserChange(full_name=f"{text} II", version=1))
    assert dana.users.view(user.id) == renamed
    assert len(renamed.full_name.splitlines()) == 1
    dana.users.search(UserQuery(text=text))
    everybody, query = [], UserQuery(limit=3)
    while True:
        page = dana.users.search(query)
        everybody += [found.id for found in page.items]
        if page.next_cursor is None:
            break
        query = query.model_copy(update={"cursor": page.next_cursor})
    assert user.id in everybody
    assert len(everybody) == len(set(everybody))


def test_the_longest_ticket_is_taken_found_and_shown(people: dict[str, HelpDesk]):
    alice, bob = people["alice"], people["bob"]
    text = "Z" + "\u0300" * 1000 + ("lorem ipsum " * 90_000)[:998_900] + " okapi"
    started = time.process_time()
    ticket = alice.tickets.open(NewTicket(subject="x" * 250, description=text)).id
    bob.tickets.comment(ticket, NewComment(body=text))
    assert bob.tickets.view(ticket).description == text
    (row,) = alice.tickets.search(TicketQuery(text="okapi")).items
    assert row.id == ticket
    assert len(row.excerpt or "") < 300
    assert time.process_time() - started < 10


@pytest.mark.parametrize(
    ("make", "field", "letter"),
    [
        (lambda text: NewTicket(description=text), "description", "x"),
        (lambda text: NewTicket(description=text), "description", "\x00"),
        (lambda text: NewComment(body=text), "body", "😀"),
        (lambda text: Reopening(reason=text), "reason", "é"),
    ],
    ids=["description", "description of NUL", "comment", "reason"],
)
def test_ten_megabytes_are_refused_at_once_in_one_sentence(
    desk: EmbeddedDesk, make, field: str, letter: str
):
    text = letter * 10_000_000
    before = dump(desk.database)
    started = time.process_time()
    with pytest.raises(ValidationError) as caught:
        make(text)
    error = invalid(caught.value)
    assert time.process_time() - started < 2
    assert error.field == field
    assert "at most 1,000,000 characters; shorten it" in str(error)
    assert len(str(error)) < 120
    assert dump(desk.database) == before
