# SPDX-License-Identifier: GPL-3.0-or-later
"""A solution is rated by who asked, once for each resolution, in the window or by a link."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable
from contextlib import closing

import pytest
from sqlalchemy import select

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core.errors import Forbidden, Invalid, NotFound, TooManyAttempts
from helpdesk.core.paths import DataFolder
from helpdesk.core.schemas.notifications import Happening
from helpdesk.core.schemas.ratings import LinkedRating, LowReason, NewTicketRating
from helpdesk.core.schemas.tickets import (
    NewComment,
    NewTicket,
    Reopening,
    Status,
    TicketView,
)
from helpdesk.core.schemas.users import Leaving
from helpdesk.core.settings import Settings
from helpdesk.database.checks import examine
from helpdesk.models import Rating, TicketFigure
from helpdesk.models.event import EventKind
from helpdesk.repositories.facts import RATING_KEY, FactRepository
from helpdesk.services import ratings
from helpdesk.services.counting import Counting
from helpdesk.services.rating_links import LINK_DAYS, NO_LINK, opened_by
from tests.conftest import SettableClock, SignIn
from tests.contract.desks import dump, rating_token, statements
from tests.unit.services.telling import Telling

BAD = NewTicketRating(score=2, reason=LowReason.SLOW, comment="A week for a cable.")
GOOD = NewTicketRating(score=5)


@pytest.fixture
def solved(sign_in: SignIn) -> Callable[..., TicketView]:
    """Return a function that opens a ticket of somebody's and has bob solve it."""

    def make(by: str = "alice", subject: str = "Printer jams") -> TicketView:
        ticket = sign_in(by).tickets.open(NewTicket(subject=subject))
        done = NewComment(body="Done.", status=Status.RESOLVED)
        return sign_in("bob").tickets.comment(ticket.id, done)

    return make


def kept(embedded: EmbeddedDesk) -> list[tuple[int, int, str]]:
    with embedded.database.reading() as session:
        rows = session.execute(select(Rating.round, Rating.score, Rating.comment))
        return sorted((round_, score, comment) for round_, score, comment in rows)


def scores(embedded: EmbeddedDesk) -> dict[int, int | None]:
    """Return what the figures have as the ratings of tickets."""
    with embedded.database.reading() as session:
        rows = session.execute(select(TicketFigure.ticket_id, TicketFigure.score))
        return {id_: score for id_, score in rows}  # noqa: C416 - a row is no pair to mypy


def link(desk: Telling, ticket: TicketView) -> str:
    """Return a token as a mail would carry it."""
    return rating_token(desk.embedded, ticket.id)


def test_who_asked_rates_and_the_staff_see_it(embedded, solved, sign_in):
    ticket = solved()
    alice, bob = sign_in("alice"), sign_in("bob")
    assert ticket.rating is None
    assert "rate" not in ticket.allowed
    assert "rate" in alice.tickets.view(ticket.id).allowed
    said = alice.ratings.rate(ticket.id, BAD)
    assert (said.score, said.reason, said.comment) == (2, LowReason.SLOW, BAD.comment)
    assert not said.by_mail
    assert alice.tickets.view(ticket.id).rating == said
    seen = bob.tickets.view(ticket.id)
    assert seen.rating == said
    newest = seen.events[0]
    assert (newest.kind, newest.old, newest.new) == (EventKind.RATED, None, "2")
    assert newest.actor
    assert newest.actor.full_name == "Alice Moreau"
    # A rating is no work on the ticket: nobody who is writing a reply is stopped by it.
    assert (seen.version, seen.updated_at) == (ticket.version, ticket.updated_at)
    with pytest.raises(NotFound):
        sign_in("erin").tickets.view(ticket.id)


def test_nobody_else_rates_and_nothing_open_is_rated(solved, sign_in, embedded):
    ticket = solved()
    with pytest.raises(NotFound):
        sign_in("erin").ratings.rate(ticket.id, GOOD)
    for name in ("bob", "charlie", "dana"):
        with pytest.raises(Forbidden):
            sign_in(name).ratings.rate(ticket.id, GOOD)
    alice = sign_in("alice")
    alice.tickets.reopen(ticket.id, Reopening())
    assert "rate" not in alice.tickets.view(ticket.id).allowed
    with pytest.raises(Invalid, match="resolved"):
        alice.ratings.rate(ticket.id, GOOD)
    assert kept(embedded) == []


def test_only_a_low_rating_has_a_reason(solved, sign_in):
    ticket = solved()
    with pytest.raises(Invalid) as refused:
        sign_in("alice").ratings.rate(ticket.id, NewTicketRating(score=3, reason=LowReason.OTHER))
    assert refused.value.field == "reason"


def test_it_may_be_changed_and_each_resolution_is_rated_anew(solved, sign_in, embedded):
    ticket = solved()
    alice, bob = sign_in("alice"), sign_in("bob")
    alice.ratings.rate(ticket.id, BAD)
    alice.ratings.rate(ticket.id, GOOD)
    alice.ratings.rate(ticket.id, GOOD)
    assert kept(embedded) == [(0, 5, "")]
    rated = [e for e in bob.tickets.view(ticket.id).events if e.kind == EventKind.RATED]
    assert [(e.old, e.new) for e in rated] == [("2", "5"), (None, "2")]
    alice.tickets.reopen(ticket.id, Reopening(reason="Again."))
    assert bob.tickets.view(ticket.id).rating is None
    bob.tickets.comment(ticket.id, NewComment(body="Now.", status=Status.RESOLVED))
    assert bob.tickets.view(ticket.id).rating is None
    alice.ratings.rate(ticket.id, BAD)
    assert kept(embedded) == [(0, 5, ""), (1, 2, BAD.comment)]
    closed = alice.tickets.view(ticket.id)
    alice.tickets.close(ticket.id, closed.version)
    # Closing is no other resolution.
    assert alice.tickets.view(ticket.id).rating == closed.rating


def test_windows_of_the_staff_and_of_who_asked_hear_of_it(solved, sign_in):
    ticket = solved()
    people = {name: sign_in(name) for name in ("alice", "bob", "erin")}
    cursors = {name: desk.tickets.changes("").cursor for name, desk in people.items()}
    people["alice"].ratings.rate(ticket.id, GOOD)
    heard = {name: people[name].tickets.changes(cursors[name]).ticket_ids for name in people}
    assert heard == {"alice": (ticket.id,), "bob": (ticket.id,), "erin": ()}


@pytest.mark.desk_kinds("local-sqlite", "local-postgresql")
def test_a_rating_counts_at_once_and_no_more_once_reopened(solved, sign_in, embedded):
    ticket, alice = solved(), sign_in("alice")
    token = rating_token(embedded, ticket.id)
    alice.ratings.rate(ticket.id, BAD)
    assert scores(embedded) == {ticket.id: 2}
    linked = LinkedRating(token=token, rating=GOOD)
    embedded.facade().ratings.rate_by_link(linked)
    assert scores(embedded) == {ticket.id: 5}
    alice.tickets.reopen(ticket.id, Reopening())
    assert scores(embedded) == {ticket.id: None}
    assert examine(embedded.database).findings == ()


def test_figures_follow_in_the_same_transaction(solved, sign_in, monkeypatch, embedded):
    ticket, counted = solved(), []

    def fail(self, ticket_ids):
        counted.append(ticket_ids)
        raise Invalid("It cannot be counted.")

    monkeypatch.setattr(Counting, "recount", fail)
    with pytest.raises(Invalid):
        sign_in("alice").ratings.rate(ticket.id, GOOD)
    assert counted == [(ticket.id,)]
    assert kept(embedded) == []


# --- who is told ------------------------------------------------------------------------------


@pytest.mark.desk_kinds("local-sqlite")
def test_the_assignee_is_told_and_of_a_low_rating_who_leads(embedded, solved):
    desk = Telling(embedded)
    ticket = solved()
    desk.forget()
    alice = desk.as_("alice").ratings
    alice.rate(ticket.id, GOOD)
    assert desk.told() == {"bob": Happening.RATED}
    assert desk.only("bob").title == f"{ticket.number} Printer jams: rated 5 of 5"
    # What was not read yet is not left beside what is true now.
    alice.rate(ticket.id, BAD)
    assert desk.told() == dict.fromkeys(("bob", "charlie", "dana"), Happening.RATED)
    assert desk.only("charlie").title.endswith("rated 2 of 5 (too slow)")
    assert desk.only("charlie").text == BAD.comment
    assert desk.mailed() == {}
    desk.forget()
    alice.rate(ticket.id, BAD.model_copy(update={"comment": ""}))
    assert desk.told() == {}


@pytest.mark.desk_kinds("local-sqlite")
def test_nobody_is_told_of_a_rating_of_their_own(embedded, solved):
    desk = Telling(embedded)
    ticket = solved(by="charlie")
    desk.forget()
    desk.as_("charlie").ratings.rate(ticket.id, BAD)
    assert set(desk.told()) == {"bob", "dana"}


# --- links ------------------------------------------------------------------------------------


@pytest.fixture
def telling(embedded: EmbeddedDesk) -> Telling:
    return Telling(embedded)


def test_a_link_shows_number_and_subject_and_lets_its_holder_rate(telling, solved, embedded):
    ticket = solved()
    token = link(telling, ticket)
    desk = embedded.facade().ratings
    before = dump(embedded.database)
    invitation = desk.invitation(token)
    assert (invitation.number, invitation.subject) == (ticket.number, "Printer jams")
    assert invitation.score is None
    assert dump(embedded.database) == before
    rated = desk.rate_by_link(LinkedRating(token=token, rating=BAD))
    assert rated.score == BAD.score
    assert desk.invitation(token) == rated
    view = telling.as_("bob").tickets.view(ticket.id)
    assert view.rating
    assert view.rating.by_mail
    assert (view.rating.reason, view.rating.comment) == (BAD.reason, BAD.comment)
    assert view.events[0].actor
    assert view.events[0].actor.full_name == "Alice Moreau"
    # Played again it changes nothing; by the same person in the window it is the same rating.
    before = dump(embedded.database)
    desk.rate_by_link(LinkedRating(token=token, rating=BAD))
    assert dump(embedded.database) == before
    telling.as_("alice").ratings.rate(ticket.id, GOOD)
    assert kept(embedded) == [(0, 5, "")]


def test_a_link_tells_the_score_alone_and_loses_no_words(telling, solved, embedded):
    ticket = solved()
    token = link(telling, ticket)
    telling.as_("alice").ratings.rate(ticket.id, BAD)
    desk = embedded.facade().ratings
    told = desk.invitation(token)
    assert told.score == BAD.score
    assert "cable" not in told.model_dump_json()
    assert "slow" not in told.model_dump_json()
    # Who was not shown the words cannot have meant to take them back.
    desk.rate_by_link(LinkedRating(token=token, rating=NewTicketRating(score=1)))
    seen = telling.as_("bob").tickets.view(ticket.id).rating
    assert seen
    assert (seen.score, seen.reason, seen.comment) == (1, BAD.reason, BAD.comment)
    desk.rate_by_link(LinkedRating(token=token, rating=GOOD, replaces_comment=True))
    assert kept(embedded) == [(0, 5, "")]


def test_a_link_is_good_for_one_resolution_and_not_for_ever(
    telling, solved, embedded, clock: SettableClock, sign_in
):
    ticket = solved()
    token = link(telling, ticket)
    alice, bob = sign_in("alice"), sign_in("bob")
    alice.tickets.reopen(ticket.id, Reopening())
    require_refused(embedded, token)
    bob.tickets.comment(ticket.id, NewComment(body="Now.", status=Status.RESOLVED))
    require_refused(embedded, token)
    token = link(telling, ticket)
    clock.forward(days=LINK_DAYS)
    assert embedded.facade().ratings.invitation(token).number == ticket.number
    clock.forward(seconds=1)
    require_refused(embedded, token)


def test_a_link_ends_with_the_account(telling, solved, embedded):
    token = link(telling, solved())
    system = embedded.as_system().users
    account = system.named("alice")
    system.deactivate(account.id, Leaving(version=account.version))
    require_refused(embedded, token)


def test_no_other_token_opens_anything_and_none_makes_the_desk_write(telling, solved, embedded):
    ticket, other = solved(), solved(subject="Secret plans")
    require_refused(embedded, "1-0-" + "A" * 43)  # before there is any key
    id_, round_, signature = link(telling, ticket).split("-", 2)
    raw = base64.urlsafe_b64decode(signature + "=")
    flipped = base64.urlsafe_b64encode(bytes([raw[0] ^ 1]) + raw[1:]).decode().rstrip("=")
    forged = (
        "", "x", "1", f"{id_}-{round_}-", f"{id_}-{round_}-{flipped}", f"{id_}-1-{signature}",
        f"{other.id}-{round_}-{signature}", f"0{id_}-{round_}-{signature}",
        f"{id_}-{round_}-{signature}\n", f"{id_}-{round_}-{signature}=",
        "9" * 30 + "-0-" + signature, f"999999-0-{signature}", "\u0661-0-" + signature, "é" * 43,
    )  # fmt: skip
    before = dump(embedded.database)
    for token in forged:
        require_refused(embedded, token)
    assert dump(embedded.database) == before


def test_every_refusal_reads_the_same_and_compares(telling, solved, embedded, monkeypatch):
    ticket = solved()
    good = link(telling, ticket)
    compared: list[str] = []
    real = hmac.compare_digest

    def compare(ours: str, theirs: str) -> bool:
        compared.append(theirs)
        return bool(real(ours, theirs))

    monkeypatch.setattr(hmac, "compare_digest", compare)
    for token in ("x", "77-0-" + "A" * 43, good[:-1] + ("A" if good[-1] != "A" else "E")):
        with statements() as seen, pytest.raises(NotFound):
            telling.act(lambda work, token=token: opened_by(work.desk, token, work.now))
        assert len([each for each in seen if "desk_fact" in each or "FROM ticket" in each]) == 2
    assert len(compared) == 3


def test_the_key_is_the_desk_s_own_and_stays(telling, solved, embedded):
    ticket = solved()
    tokens = {link(telling, ticket), link(telling, ticket)}
    assert len(tokens) == 1
    with embedded.database.reading() as session:
        key = FactRepository(session).get(RATING_KEY)
    assert key
    assert len(bytes.fromhex(key)) == 32


def test_nobody_changes_their_mind_without_end(
    telling, solved, embedded, clock: SettableClock, monkeypatch
):
    ticket = solved()
    token = link(telling, ticket)
    monkeypatch.setattr(ratings, "MOST_CHANGES", 2)
    desk = embedded.facade().ratings
    for score in (1, 3, 2):
        # Nor once the clock of the computer was set back before the resolution.
        clock.forward(minutes=-5)
        desk.rate_by_link(LinkedRating(token=token, rating=NewTicketRating(score=score)))
    with pytest.raises(TooManyAttempts):
        desk.rate_by_link(LinkedRating(token=token, rating=GOOD))
    assert kept(embedded) == [(0, 2, "")]


def require_refused(embedded: EmbeddedDesk, token: str) -> None:
    """Fail unless a token opens nothing, by one and the same answer."""
    desk = embedded.facade().ratings
    for call in (
        lambda: desk.invitation(token),
        lambda: desk.rate_by_link(LinkedRating(token=token, rating=GOOD)),
    ):
        with pytest.raises(NotFound) as refused:
            call()
        assert str(refused.value) == NO_LINK


# --- mails ------------------------------------------------------------------------------------


@pytest.mark.desk_kinds("local-sqlite")
def test_the_mail_of_a_solution_holds_a_link_where_there_is_a_server(
    folder: DataFolder, settings: Settings, clock: SettableClock
):
    for url, wanted in (("", ""), ("https://desk.example/it/", "https://desk.example/it/rate/")):
        own = settings.model_copy(
            update={"server": settings.server.model_copy(update={"public_url": url})}
        )
        with closing(EmbeddedDesk.open(folder, own, clock=clock)) as embedded:
            desk = Telling(embedded)
            ticket = desk.given()
            done = NewComment(body="Done.", status=Status.RESOLVED)
            desk.as_("bob").tickets.comment(ticket.id, done)
            mails = desk.mailed()
            found = mails["alice"].rating_url
            assert found.startswith(wanted)
            assert bool(found) == bool(url)
            assert [name for name, each in mails.items() if each.rating_url] == ["alice"] * bool(
                url
            )
            if url:
                invitation = embedded.facade().ratings.invitation(found.rpartition("/")[2])
                assert invitation.number == ticket.number
            desk.forget()
