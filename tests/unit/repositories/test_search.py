# SPDX-License-Identifier: GPL-3.0-or-later
"""Searching tickets: what people type is text, and internal notes stay internal."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.schemas.tickets import NewComment, NewTicket, Priority, Status, TicketQuery
from helpdesk.core.text import HIT_END, HIT_START
from helpdesk.database.fulltext import words_of
from tests.contract.desks import opened, person

SIGNS = [
    '"', '""', '"""', "'", "AND", "OR", "NOT", "NEAR", "NEAR(a b)", "a AND", "OR OR OR",
    "printer -jam",
    "(", ")", "()", "%", "_", "\\", "*", "a*", "*a", "^", "^a", ":", "subject:x", "notes:x",
    "{a}:b", "+", "a+b",
    "-", "--", ";--", "' OR 1=1 --", "😀", "👩‍👩‍👧", "\x00", "a\x00b", "\ud800", "\u202e",
    "\u200b", "\u0301", "ª", "²",
    "\U0001e900\U0001e901", "\ue000", "\ufffd", "x" * 10_000, "x " * 5_000, '"' * 10_000,
    "a\tb\nc", "  ",
    "requester1", "HD-", "#", "HD-99999999999999999999", "#٣", "hd-1 hd-2",
]  # fmt: skip


@pytest.fixture(scope="module")
def desk(
    tmp_path_factory: pytest.TempPathFactory, template: Path, desk_kind: str
) -> Iterator[EmbeddedDesk]:
    with opened(tmp_path_factory.mktemp("search"), template, kind=desk_kind) as embedded:
        yield embedded


@pytest.fixture(scope="module")
def alice(desk: EmbeddedDesk) -> HelpDesk:
    return person(desk, "alice")


@pytest.fixture(scope="module")
def bob(desk: EmbeddedDesk) -> HelpDesk:
    return person(desk, "bob")


def found(desk: HelpDesk, text: str, **filters: object) -> set[int]:
    page = desk.tickets.search(TicketQuery(text=text, limit=200, **filters))
    return {row.id for row in page.items}


def subjects(desk: HelpDesk, text: str) -> set[str]:
    return {row.subject for row in desk.tickets.search(TicketQuery(text=text)).items}


# --- what is found ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def printers(alice: HelpDesk) -> HelpDesk:
    for subject, description in (
        ("Drucker im Flur", "Der Drucker zeigt Papierstau, grüne Lampe."),
        ("Printer jam", "The printer on floor 3 jams with heavy paper."),
        ("Paper order", "We need heavy printer paper for floor 3."),
        ("Café kiosk", "The kiosk in the café shows an ÉCRAN noir."),
        ("VPN", "vpn-gateway.corp.example refuses error 0x80070005."),
        ("印刷できません", "プリンター"),
    ):
        alice.tickets.open(NewTicket(subject=subject, description=description))
    return alice


@pytest.mark.parametrize(
    ("text", "hits"),
    [
        ("jam ", {"Printer jam"}),
        ("PRINTER paper ", {"Printer jam", "Paper order"}),
        ("paper printer ", {"Printer jam", "Paper order"}),
        ('"heavy paper"', {"Printer jam"}),
        ('"heavy printer paper"', {"Paper order"}),
        ('"heavy paper', {"Printer jam"}),
        ('"paper heavy"', set()),
        ("printer -jam ", {"Paper order"}),
        ("printer -jam", {"Paper order"}),
        ('printer -"floor 3"', set()),
        ('paper -"paper heavy" -papier', {"Printer jam", "Paper order"}),
        ("jam -vpn-gateway ", {"Printer jam"}),
        ("prin", {"Printer jam", "Paper order"}),
        ("prin ", set()),
        ("prin paper", set()),
        ("floor prin", {"Printer jam", "Paper order"}),
        ('"prin"', set()),
        ("cafe ", {"Café kiosk"}),
        ("ecran ", {"Café kiosk"}),
        ("GRÜNE ", {"Drucker im Flur"}),
        ("grune ", {"Drucker im Flur"}),
        ("vpn-gateway", {"VPN"}),
        ("vpn gateway.corp", {"VPN"}),
        ("0x80070005", {"VPN"}),
        ("印刷できません", {"印刷できません"}),
        ("nothing of the kind", set()),
        ("printer ???", {"Printer jam", "Paper order"}),
    ],
)
def test_words_phrases_beginnings_and_accents(printers: HelpDesk, text: str, hits: set[str]):
    assert subjects(printers, text) == hits


@pytest.mark.parametrize("username", ["alice", "bob"])
@pytest.mark.parametrize("text", SIGNS, ids=lambda text: ascii(text)[:20])
def test_no_sign_is_ever_an_error(alice: HelpDesk, bob: HelpDesk, username: str, text: str):
    facade = alice if username == "alice" else bob
    page = facade.tickets.search(TicketQuery(text=text))
    count = facade.tickets.count(TicketQuery(text=text))
    facade.tickets.search(TicketQuery(text=text, statuses=(Status.NEW,), unassigned=True))
    assert count.count == len(page.items)


@pytest.mark.parametrize("text", ["!", "(", "😀", "-- ;", '""'])
def test_signs_alone_find_nothing_and_blanks_everything(printers: HelpDesk, text: str):
    assert found(printers, text) == set()
    assert found(printers, "   ") == found(printers, "") != set()


@hypothesis_settings(
    max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), database=None
)
@given(st.text(max_size=40))
def test_whatever_is_typed_is_searched_for(bob: HelpDesk, alice: HelpDesk, text: str):
    assert found(alice, text) <= found(bob, text)


def test_at_most_so_many_words_are_looked_for():
    words = words_of(" ".join(f"w{number}" for number in range(100)))
    assert len(words.all) == 32
    assert words_of("x" * 10_000).unfinished == "x" * 500


def test_every_ticket_with_the_words_is_found_when_paged(alice: HelpDesk):
    for _ in range(9):
        alice.tickets.open(NewTicket(subject="Quokka sighting"))
    seen: list[int] = []
    query = TicketQuery(text="quokka", limit=2)
    while True:
        page = alice.tickets.search(query)
        seen += [row.id for row in page.items]
        if page.next_cursor is None:
            break
        query = query.model_copy(update={"cursor": page.next_cursor})
    assert len(seen) == len(set(seen)) == 9
    assert seen == sorted(seen, reverse=True)


def test_a_comment_is_found_right_after_it_is_written(alice: HelpDesk, bob: HelpDesk):
    ticket = alice.tickets.open(NewTicket(subject="Slow laptop")).id
    assert found(bob, "pangolin") == set()
    alice.tickets.comment(ticket, NewComment(body="Also the pangolin is slow."))
    assert found(bob, "pangolin") == found(alice, "pangolin") == {ticket}
    bob.tickets.comment(ticket, NewComment(body="Which axolotl?"))
    assert found(alice, "axolotl pangolin") == {ticket}
    assert found(alice, '"slow axolotl"') == set()


def test_the_excerpt_marks_the_hit_and_only_it(alice: HelpDesk):
    long = " ".join(["lorem"] * 60)
    alice.tickets.open(NewTicket(subject="Ipsum", description=f"{long} wombat {long}"))
    (row,) = alice.tickets.search(TicketQuery(text="wombat")).items
    assert row.excerpt is not None
    assert f"{HIT_START}wombat{HIT_END}" in row.excerpt
    assert row.excerpt.count(HIT_START) == row.excerpt.count(HIT_END) == 1
    assert len(row.excerpt) < 200
    assert "requester" not in row.excerpt


def test_nobody_can_forge_the_marks_of_a_hit(alice: HelpDesk):
    forged = f"numbat {HIT_START}fake{HIT_END} numbat"
    alice.tickets.open(NewTicket(subject=forged, description=forged))
    (row,) = alice.tickets.search(TicketQuery(text="numbat")).items
    assert row.excerpt is not None
    assert f"{HIT_START}fake" not in row.excerpt


# --- numbers ----------------------------------------------------------------------------------


@pytest.mark.parametrize("pattern", ["HD-{}", "hd-{}", "#{}", "  Hd-{} "])
def test_a_number_finds_the_ticket_whatever_the_filters_say(
    alice: HelpDesk, bob: HelpDesk, pattern: str
):
    ticket = alice.tickets.open(NewTicket(subject="Numbered")).id
    text = pattern.format(ticket)
    for facade in (alice, bob):
        assert found(facade, text) == {ticket}
        assert found(facade, text, statuses=(Status.CLOSED,), assignee_ids=(3,)) == {ticket}
        assert facade.tickets.count(TicketQuery(text=text)).count == 1


def test_a_number_never_shows_somebody_elses_ticket(desk: EmbeddedDesk, alice: HelpDesk):
    ticket = alice.tickets.open(NewTicket(subject="Mine alone")).id
    erin = person(desk, "erin")
    for text in (f"HD-{ticket}", f"#{ticket}", f"{ticket}", "alone", "requester1"):
        assert ticket not in found(erin, text)
        assert ticket not in found(erin, text, requester_ids=(1,))
    assert erin.tickets.count(TicketQuery(text=f"HD-{ticket}")).count == 0


def test_a_number_nobody_has_finds_nothing(bob: HelpDesk):
    for text in ("HD-0", "#0", "HD-999999999999999999"):
        assert found(bob, text) == set()


# --- internal notes ---------------------------------------------------------------------------

CANARY = "zyxcanary"
PUBLIC = ("teapot", "kettle", "urn")


@pytest.fixture(scope="module")
def noted(alice: HelpDesk, bob: HelpDesk) -> int:
    """Return a ticket with three public words and a canary in a note, each beside the others."""
    ticket = alice.tickets.open(NewTicket(subject="teapot", description="kettle teapot")).id
    bob.tickets.comment(ticket, NewComment(body="urn"))
    for body in (CANARY, f"{CANARY} teapot kettle urn", f"urn {CANARY}s"):
        bob.tickets.comment(ticket, NewComment(body=body, internal=True))
    return ticket


QUERIES = [
    pattern.format(canary=canary, word=word)
    for canary, word, pattern in product(
        (CANARY, CANARY[:4], f'"{CANARY}"'),
        PUBLIC,
        (
            "{canary}", "{canary} ", "{canary} {word}", "{word} {canary}", "{word} {canary} ",
            '"{word} {canary}"',
            "{canary} OR {word}", "notes:{canary}", "{{notes}}:{canary}", "{word} NOT {canary}",
            "^{canary}",
            "{canary}* {word}", "NEAR({word} {canary})", "{word}) OR notes : ({canary}",
            '" OR notes : "{canary}',
        ),
    )
]  # fmt: skip


@pytest.mark.parametrize("text", sorted(set(QUERIES)))
def test_a_requester_never_finds_by_the_words_of_a_note(
    alice: HelpDesk, bob: HelpDesk, noted: int, text: str
):
    page = alice.tickets.search(TicketQuery(text=text))
    assert page.items == ()
    assert alice.tickets.count(TicketQuery(text=text)).count == 0


def test_staff_find_by_the_words_of_a_note(bob: HelpDesk, noted: int):
    assert found(bob, CANARY) == found(bob, f"{CANARY[:4]}") == {noted}
    assert found(bob, f"teapot {CANARY}") == {noted}


@pytest.mark.parametrize("text", [*PUBLIC, "teapot kettle", "urn tea", "kett", '"kettle teapot"'])
def test_the_excerpt_for_a_requester_never_shows_a_note(alice: HelpDesk, noted: int, text: str):
    (row,) = alice.tickets.search(TicketQuery(text=text)).items
    assert row.id == noted
    assert CANARY not in str(row)
    assert HIT_START in (row.excerpt or "")


def test_nothing_that_a_requester_can_ask_for_holds_a_word_of_a_note(
    alice: HelpDesk, bob: HelpDesk, noted: int
):
    view = alice.tickets.view(noted)
    everything = [
        view,
        alice.tickets.search(TicketQuery(limit=200)),
        alice.tickets.search(TicketQuery(text=f"HD-{noted}")),
        alice.tickets.comments(noted, before=2**40),
        alice.tickets.changes(""),
        alice.tickets.comment(noted, NewComment(body="Thanks.")),
    ]
    assert CANARY not in repr(everything)
    assert CANARY in repr(bob.tickets.view(noted))


def test_a_requester_cannot_count_notes(alice: HelpDesk, bob: HelpDesk, noted: int):
    before, cursor = alice.tickets.view(noted), alice.tickets.changes("").cursor
    bob.tickets.comment(noted, NewComment(body="Again.", internal=True))
    after = alice.tickets.view(noted)
    (row,) = alice.tickets.search(TicketQuery(text=f"HD-{noted}")).items
    assert (after.comments, after.events) == (before.comments, before.events)
    assert after.earlier_comments == before.earlier_comments == 0
    assert row.comments == len(after.comments)
    assert alice.tickets.changes(cursor).ticket_ids == ()
    assert noted in bob.tickets.changes(cursor).ticket_ids


def test_the_search_of_a_former_technician_is_that_of_a_requester(embedded: EmbeddedDesk, sign_in):
    alice, frank, dana = sign_in("alice"), sign_in("frank"), sign_in("dana")
    ticket = alice.tickets.open(NewTicket(subject="capybara", priority=Priority.HIGH)).id
    frank.tickets.comment(ticket, NewComment(body=CANARY, internal=True))
    assert found(frank, CANARY) == {ticket}
    from helpdesk.core.schemas.users import Role, UserChange

    account = frank.sessions.current().user
    dana.users.change(account.id, UserChange(role=Role.USER, version=account.version))
    assert found(frank, CANARY) == found(frank, "capybara") == found(frank, f"#{ticket}") == set()
