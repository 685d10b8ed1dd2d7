# SPDX-License-Identifier: GPL-3.0-or-later
"""What articles do for tickets: linked to them, made of them, counted in their place."""

from __future__ import annotations

import pytest

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.errors import Invalid, NotFound
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.api_keys import NewApiKey
from helpdesk.core.schemas.articles import (
    ArticleLink,
    ArticleState,
    FiguresQuery,
    Missed,
    Rating,
    Solved,
    Visibility,
)
from helpdesk.core.schemas.tickets import NewComment, NewTicket, Status, TicketView
from helpdesk.core.schemas.users import NewSession
from tests.conftest import PASSWORD, SettableClock, SignIn
from tests.matrix import Bearer
from tests.unit.services.test_articles import draft, move, published, save

FIGURES = FiguresQuery(days=30)


@pytest.fixture
def alice(sign_in: SignIn) -> HelpDesk:
    return sign_in("alice")


@pytest.fixture
def bob(sign_in: SignIn) -> HelpDesk:
    return sign_in("bob")


@pytest.fixture
def charlie(sign_in: SignIn) -> HelpDesk:
    return sign_in("charlie")


def solved(alice: HelpDesk, bob: HelpDesk, subject: str, answer: str = "Restart it.") -> TicketView:
    ticket = alice.tickets.open(NewTicket(subject=subject, description=f"{subject}!"))
    return bob.tickets.comment(ticket.id, NewComment(body=answer, status=Status.RESOLVED))


# --- counted ------------------------------------------------------------------------------------


def test_reads_are_counted_but_not_those_of_the_author(
    alice: HelpDesk, bob: HelpDesk, charlie: HelpDesk
):
    made = published(bob, charlie)
    for reader in (alice, alice, charlie, bob):
        reader.knowledge.note_read(made.id)
    assert bob.articles.view(made.id).reads == 3
    assert bob.knowledge.figures(FIGURES).reads == 3


def test_the_newest_word_of_a_person_counts(
    alice: HelpDesk, bob: HelpDesk, charlie: HelpDesk, clock: SettableClock
):
    made = published(bob, charlie)
    alice.knowledge.rate(made.id, Rating(helpful=True))
    assert alice.articles.view(made.id).own_rating is True
    clock.forward(minutes=1)
    alice.knowledge.rate(made.id, Rating(helpful=False, comment="It is out of date."))
    charlie.knowledge.rate(made.id, Rating(helpful=True))
    seen = bob.articles.view(made.id)
    assert (seen.helpful, seen.unhelpful, seen.own_rating) == (1, 1, None)
    said = {(each.person.full_name, each.helpful, each.comment) for each in
            bob.knowledge.ratings(made.id)}  # fmt: skip
    assert said == {
        ("Alice Moreau", False, "It is out of date."), ("Charlie Hart", True, ""),
    }  # fmt: skip
    figures = bob.knowledge.figures(FIGURES)
    assert (figures.helpful, figures.unhelpful) == (1, 1)
    assert [each.id for each in figures.worst_rated] == [made.id]


def test_a_word_on_an_internal_article_is_no_news_to_users(
    alice: HelpDesk, bob: HelpDesk, charlie: HelpDesk
):
    made = published(bob, charlie, visibility=Visibility.TECHNICIANS)
    start = alice.tickets.changes("").cursor
    charlie.knowledge.rate(made.id, Rating(helpful=True))
    assert alice.tickets.changes(start).others == ()
    assert bob.tickets.changes(start).others != ()


def test_a_draft_cannot_be_rated(bob: HelpDesk):
    with pytest.raises(Invalid, match="not published"):
        bob.knowledge.rate(draft(bob).id, Rating(helpful=True))


def test_a_ticket_that_was_not_needed_counts_once_a_day_for_each_person(
    alice: HelpDesk, bob: HelpDesk, charlie: HelpDesk, clock: SettableClock
):
    made = published(bob, charlie)
    for person in (alice, alice, charlie):
        person.knowledge.solved(Solved(article_id=made.id))
    assert bob.articles.view(made.id).avoided == 2
    clock.forward(hours=11)
    alice.knowledge.solved(Solved(article_id=made.id))
    assert bob.knowledge.figures(FIGURES).avoided == 2
    clock.forward(hours=11)
    alice.knowledge.solved(Solved(article_id=made.id))
    figures = bob.knowledge.figures(FIGURES)
    assert figures.avoided == 3
    assert [(each.id, each.avoided) for each in figures.most_read] == [(made.id, 3)]


def test_what_was_said_by_mistake_is_taken_back(
    alice: HelpDesk, bob: HelpDesk, charlie: HelpDesk, clock: SettableClock
):
    made = published(bob, charlie)
    charlie.knowledge.solved(Solved(article_id=made.id))
    clock.forward(hours=14, minutes=50)
    signed_in_again(alice, "alice")
    said = alice.knowledge.solved(Solved(article_id=made.id))
    assert said.counted
    again = alice.knowledge.solved(Solved(article_id=made.id))
    assert again == said.model_copy(update={"counted": False})
    clock.forward(minutes=20)
    for _ in range(2):
        alice.knowledge.not_solved(made.id, said.day)
    signed_in_again(bob, "bob")
    assert bob.articles.view(made.id).avoided == 1
    assert bob.knowledge.figures(FIGURES).avoided == 1


def test_a_hidden_article_solves_nothing(alice: HelpDesk, bob: HelpDesk):
    with pytest.raises(NotFound):
        alice.knowledge.solved(Solved(article_id=draft(bob).id))


def test_vain_searches_are_counted_whoever_writes_them_how(
    alice: HelpDesk, bob: HelpDesk, clock: SettableClock
):
    for text in ("Standing Desk", " standing desk ", "ＳＴＡＮＤＩＮＧ desk", "parking"):
        alice.knowledge.missed(Missed(text=text))
    missed = bob.knowledge.figures(FIGURES).missed
    assert [(each.text, each.times) for each in missed] == [("standing desk", 3), ("parking", 1)]
    clock.forward(days=31)
    assert signed_in_again(bob, "bob").knowledge.figures(FIGURES).missed == ()


def signed_in_again(desk: HelpDesk, username: str) -> HelpDesk:
    """Return the desk of somebody whose session of before has ended."""
    desk.sessions.sign_in(NewSession(username=username, password=PASSWORD))
    return desk


def test_figures_end_where_their_period_begins(
    alice: HelpDesk, bob: HelpDesk, charlie: HelpDesk, clock: SettableClock
):
    made = published(bob, charlie)
    alice.knowledge.note_read(made.id)
    clock.forward(hours=30)
    signed_in_again(bob, "bob")
    assert bob.knowledge.figures(FiguresQuery(days=1)).reads == 0
    assert bob.knowledge.figures(FiguresQuery(days=2)).reads == 1


# --- articles on tickets ------------------------------------------------------------------------


def test_articles_and_tickets_lead_to_each_other(alice: HelpDesk, bob: HelpDesk, charlie: HelpDesk):
    made = published(bob, charlie)
    internal = published(bob, charlie, "For us", visibility=Visibility.TECHNICIANS)
    ticket = alice.tickets.open(NewTicket(subject="No VPN"))
    for article in (internal, made, made):
        linked = bob.knowledge.link(ticket.id, ArticleLink(article_id=article.id))
    assert {row.id for row in linked} == {made.id, internal.id}
    assert [row.id for row in alice.knowledge.of_ticket(ticket.id)] == [made.id]
    assert [each.number for each in alice.knowledge.tickets_of(made.id)] == [ticket.number]
    bob.knowledge.unlink(ticket.id, made.id)
    bob.knowledge.unlink(ticket.id, made.id)
    assert alice.knowledge.of_ticket(ticket.id) == ()
    told = [(event.kind, event.new or event.old) for event in bob.tickets.view(ticket.id).events]
    assert told[:3] == [
        ("unlinked", "KB-1 Connect to the VPN"),
        ("linked", "KB-1 Connect to the VPN"),
        ("linked", "KB-2 For us"),
    ]
    kinds = {event.kind for event in alice.tickets.view(ticket.id).events}
    assert kinds == {"created"}


def test_links_do_not_show_other_peoples_tickets(
    alice: HelpDesk, bob: HelpDesk, charlie: HelpDesk, sign_in: SignIn
):
    made = published(bob, charlie)
    ticket = alice.tickets.open(NewTicket(subject="No VPN"))
    bob.knowledge.link(ticket.id, ArticleLink(article_id=made.id))
    erin = sign_in("erin")
    assert erin.knowledge.tickets_of(made.id) == ()
    with pytest.raises(NotFound):
        erin.knowledge.of_ticket(ticket.id)


def test_a_link_is_news_to_staff_and_keeps_nobody_from_saving(alice: HelpDesk, bob: HelpDesk,
                                                               charlie: HelpDesk):  # fmt: skip
    made = published(bob, charlie)
    ticket = alice.tickets.open(NewTicket(subject="No VPN"))
    start = bob.tickets.changes("").cursor
    bob.knowledge.link(ticket.id, ArticleLink(article_id=made.id))
    assert bob.tickets.changes(start).ticket_ids == (ticket.id,)
    assert alice.tickets.changes(start).ticket_ids == ()
    assert bob.tickets.take(ticket.id, ticket.version).assignee is not None


# --- articles of tickets ------------------------------------------------------------------------


def test_a_solved_ticket_becomes_a_draft_for_technicians(alice: HelpDesk, bob: HelpDesk):
    ticket = solved(alice, bob, "The *lid* is [stuck]", "1. Lift it\n2. Push <b>hard</b>")
    made = bob.knowledge.draft_from(ticket.id)
    assert (made.state, made.visibility) == (ArticleState.DRAFT, Visibility.TECHNICIANS)
    assert made.title == "The *lid* is [stuck]"
    assert made.summary == "1. Lift it 2. Push <b>hard</b>"
    assert "<p>The *lid* is [stuck]!</p>" in made.html
    assert "<b>" not in made.html
    assert "<li>Push &lt;b&gt;hard&lt;/b&gt;</li>" in made.html
    assert [row.id for row in bob.knowledge.of_ticket(ticket.id)] == [made.id]


def test_no_sign_of_a_ticket_changes_how_its_article_reads(alice: HelpDesk, bob: HelpDesk):
    said = "Tel 1\n=====\nHello\n---\n    code &copy; 5\n| a | b |\n|---|---|\n# no heading"
    ticket = alice.tickets.open(NewTicket(subject="Odd", description=said))
    bob.tickets.comment(ticket.id, NewComment(body="x", status=Status.RESOLVED))
    html = bob.knowledge.draft_from(ticket.id).html
    assert html.count("<h2>") == 2
    for tag in ("<h1>", "<code>", "<table>", "<hr>", "©"):
        assert tag not in html
    assert "Tel 1<br>\n=====<br>\nHello<br>\n---<br>\ncode &amp;copy; 5<br>" in html


def test_who_may_not_see_tickets_learns_nothing_of_them(
    embedded: EmbeddedDesk, alice: HelpDesk, bob: HelpDesk, sign_in: SignIn
):
    for _ in range(3):
        solved(alice, bob, "Scanner in the basement jams")
    assert len(bob.knowledge.gaps()) == 1
    new = NewApiKey(name="Wiki", scopes=(Permission.WRITE_ARTICLES, Permission.SEE_OWN_TICKETS))
    writer = HelpDesk(Bearer(embedded, sign_in("dana").api_keys.create(new).key))
    assert writer.knowledge.gaps() == ()
    with pytest.raises(NotFound):
        writer.knowledge.draft_from(1)


def test_an_endless_ticket_makes_an_article_that_can_be_saved(alice: HelpDesk, bob: HelpDesk):
    ticket = alice.tickets.open(NewTicket(subject="Long", description="*" * 90_000))
    for _ in range(4):
        bob.tickets.comment(ticket.id, NewComment(body="_" * 90_000))
    bob.tickets.comment(ticket.id, NewComment(body="x", status=Status.RESOLVED))
    made = bob.knowledge.draft_from(ticket.id)
    assert len(made.body) < 100_000
    save(bob, made, summary="Short.")


def test_an_open_ticket_has_no_solution_yet(alice: HelpDesk, bob: HelpDesk):
    ticket = alice.tickets.open(NewTicket(subject="No VPN"))
    with pytest.raises(Invalid, match="HD-1 is not solved yet"):
        bob.knowledge.draft_from(ticket.id)


def test_what_keeps_coming_in_and_has_no_article_is_told(
    alice: HelpDesk, bob: HelpDesk, charlie: HelpDesk, sign_in: SignIn
):
    erin = sign_in("erin")
    for number, subject in enumerate((
        "Scanner in the basement jams", "The basement scanner is jammed again",
        "scanner jam, basement", "Scanners jam in basement",
    )):  # fmt: skip
        solved(erin if number else alice, bob, subject)
    for subject in ("VPN drops at home", "VPN drops every hour", "vpn dropped"):
        solved(alice, bob, subject)
    for subject in ("Need a badge", "Monitor flickers"):
        solved(alice, bob, subject)
    published(bob, charlie, "When the VPN drops", body="Reconnect.")
    (gap,) = bob.knowledge.gaps()
    assert (gap.count, gap.requesters) == (4, 2)
    assert set(gap.words) >= {"scanner", "basement"}
    assert [ticket.number for ticket in gap.tickets] == ["HD-4", "HD-3", "HD-2", "HD-1"]
    made = bob.knowledge.draft_from(gap.tickets[0].id)
    move(charlie, made, ArticleState.PUBLISHED)
    assert bob.knowledge.gaps() == ()
