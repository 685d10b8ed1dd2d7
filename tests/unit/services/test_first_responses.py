# SPDX-License-Identifier: GPL-3.0-or-later
"""Automatic first responses: from public articles alone, once, marked, and never in the way."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.errors import DeskError, Forbidden, Invalid, NotFound
from helpdesk.core.schemas.articles import ArticleChange, NewArticle, Visibility
from helpdesk.core.schemas.assistant import AssistantChange, CallsQuery, Feature
from helpdesk.core.schemas.tickets import NewComment, NewTicket, Status, TicketChange, TicketView
from helpdesk.jobs import first_responses as job
from helpdesk.jobs.first_responses import send_first_responses
from helpdesk.services.answering import Answering
from helpdesk.services.answering import Call as Steps
from tests.asking import use_model
from tests.conftest import SettableClock, SignIn
from tests.faults.model_server import DONE, Call, Play, delta, model_server, says
from tests.unit.cli.conftest import Run, run, run_in

__all__ = ["run", "run_in"]

pytestmark = [pytest.mark.timeout(60), pytest.mark.desk_kinds("local-sqlite")]

VPN = """\
# How to

The VPN client drops after ten minutes when the travel profile is missing.

1. Open the company portal and sync the device.
2. Choose the travel profile in the VPN client.
3. Restart the VPN client.
"""
DROPS = "My VPN client drops after ten minutes"
STEP = "Choose the travel profile in the VPN client."


@pytest.fixture
def dana(sign_in: SignIn) -> HelpDesk:
    return sign_in("dana")


@pytest.fixture
def alice(sign_in: SignIn) -> HelpDesk:
    return sign_in("alice")


@pytest.fixture
def bob(sign_in: SignIn) -> HelpDesk:
    return sign_in("bob")


@pytest.fixture
def network(dana: HelpDesk) -> int:
    """Switch automatic answers on for a category, and return it."""
    category = next(each for each in dana.tickets.categories() if each.name == "Network")
    dana.assistant.change_settings(AssistantChange(automatic_categories=(category.id,)))
    return category.id


@pytest.fixture
def article(dana: HelpDesk) -> int:
    return publish(dana, "VPN client drops", VPN)


@pytest.fixture
def submitted(alice: HelpDesk, network: int) -> Callable[..., TicketView]:
    """Return a function that submits a ticket of that category."""

    def submit(description: str = DROPS, subject: str = "VPN drops") -> TicketView:
        new = NewTicket(subject=subject, description=description, category_id=network)
        return alice.tickets.open(new)

    return submit


@pytest.fixture
def send(embedded: EmbeddedDesk, clock: SettableClock) -> Callable[[], int]:
    """Return a function that runs the job as the program does."""
    return lambda: send_first_responses(embedded, clock())


def publish(admin: HelpDesk, title: str, body: str, *, everyone: bool = True) -> int:
    made = admin.articles.create(NewArticle(title=title, body=body))
    visibility = Visibility.EVERYONE if everyone else Visibility.TECHNICIANS
    change = ArticleChange(visibility=visibility, publish=True, version=made.version)
    return admin.articles.save(made.id, change).id


def gives(**value: object) -> Play:
    return says(delta(json.dumps(value)), delta(None, "stop"), DONE)


def with_model(admin: HelpDesk, play: Play, act: Callable[[], object]) -> list[Call]:
    """Act while a model can be asked, and return what it was asked."""

    async def whole() -> list[Call]:
        async with model_server(play) as model:
            use_model(admin, model.url)
            await asyncio.to_thread(act)
            return model.calls

    return asyncio.run(whole())


# --- what is sent -------------------------------------------------------------------------------


@pytest.mark.desk_kinds("local-sqlite", "local-postgresql", "http-sqlite")
def test_a_new_ticket_gets_one_answer_of_the_articles_marked_as_automatic(
    article: int,
    submitted: Callable[..., TicketView],
    send: Callable[[], int],
    alice: HelpDesk,
    bob: HelpDesk,
    dana: HelpDesk,
):
    ticket = submitted()
    assert ticket.comments == ()
    assert send() == 1
    assert send() == 0

    for reader in (alice, bob):
        view = reader.tickets.view(ticket.id)
        (comment,) = view.comments
        assert comment.automatic
        assert comment.by_staff
        assert not comment.internal
        assert "automatic answer" in comment.body
        assert f"{STEP} (KB-{article})" in comment.body
        assert f"KB-{article} VPN client drops" in comment.body
    # It stays in the queue as it is, and nobody has answered yet.
    assert view.status is Status.NEW
    assert view.first_responded_at is None
    assert view.first_response_due == ticket.first_response_due
    assert view.assignee is None
    assert [each.id for each in bob.knowledge.of_ticket(ticket.id)] == [article]
    figures = dana.assistant.figures(CallsQuery())
    assert (figures.automatic_sent, figures.automatic_helped) == (1, 0)


def test_tickets_of_another_category_and_of_none_get_nothing(
    article: int, network: int, send: Callable[[], int], alice: HelpDesk, dana: HelpDesk
):
    other = next(each for each in dana.tickets.categories() if each.id != network)
    for category_id in (other.id, None):
        new = NewTicket(subject="VPN drops", description=DROPS, category_id=category_id)
        ticket = alice.tickets.open(new)
        assert send() == 0
        assert alice.tickets.view(ticket.id).comments == ()


def test_where_nothing_fits_nothing_is_sent_and_it_is_not_tried_again(
    article: int, submitted: Callable[..., TicketView], send: Callable[[], int], alice: HelpDesk
):
    ticket = submitted("The coffee machine is sad", "Coffee")
    assert send() == 1
    assert send() == 0
    assert alice.tickets.view(ticket.id) == ticket


def test_articles_for_staff_and_drafts_are_never_quoted(
    submitted: Callable[..., TicketView], send: Callable[[], int], alice: HelpDesk, dana: HelpDesk
):
    publish(dana, "VPN client drops", VPN, everyone=False)
    dana.articles.create(NewArticle(title="VPN client drops after ten minutes", body=VPN))
    ticket = submitted()
    send()
    assert alice.tickets.view(ticket.id).comments == ()


def _answer(desk: HelpDesk, ticket: TicketView) -> None:
    desk.tickets.comment(ticket.id, NewComment(body="I am on it."))


def _close(desk: HelpDesk, ticket: TicketView) -> None:
    desk.tickets.close(ticket.id, ticket.version)


def _put_elsewhere(desk: HelpDesk, ticket: TicketView) -> None:
    change = TicketChange(category_id=ticket.category.id + 1, version=ticket.version)  # type: ignore[union-attr]
    desk.tickets.change(ticket.id, change)


def _switch_off(desk: HelpDesk, _ticket: TicketView) -> None:
    desk.assistant.change_settings(AssistantChange(automatic_categories=()))


@pytest.mark.parametrize("meanwhile", [_answer, _close, _put_elsewhere, _switch_off])
def test_what_is_no_longer_wanted_is_not_sent(
    article: int,
    submitted: Callable[..., TicketView],
    send: Callable[[], int],
    alice: HelpDesk,
    dana: HelpDesk,
    meanwhile: Callable[[HelpDesk, TicketView], None],
):
    ticket = submitted()
    meanwhile(dana, ticket)
    send()
    said = alice.tickets.view(ticket.id).comments
    assert [each for each in said if each.automatic] == []


def test_somebody_who_answers_while_the_model_thinks_is_not_talked_over(
    article: int,
    submitted: Callable[..., TicketView],
    send: Callable[[], int],
    alice: HelpDesk,
    bob: HelpDesk,
    dana: HelpDesk,
):
    ticket = submitted()

    async def play(call: Call) -> None:
        await asyncio.to_thread(_answer, bob, ticket)
        await gives(**_said(article, f"{STEP} [KB-{article}]"))(call)

    assert len(with_model(dana, play, send)) == 1
    assert [each.body for each in alice.tickets.view(ticket.id).comments] == ["I am on it."]


# --- once ---------------------------------------------------------------------------------------


@pytest.mark.desk_kinds("local-sqlite", "local-postgresql")
def test_two_processes_at_once_send_it_once(
    article: int,
    submitted: Callable[..., TicketView],
    embedded: EmbeddedDesk,
    clock: SettableClock,
    alice: HelpDesk,
    monkeypatch: pytest.MonkeyPatch,
):
    ticket = submitted()
    both = threading.Barrier(2, timeout=30)
    real = Answering.first_response

    async def together(self: Answering, ticket_id: int, call: Any) -> None:
        # Both have found the ticket due before either answers it.
        await asyncio.to_thread(both.wait)
        await real(self, ticket_id, call)

    monkeypatch.setattr(Answering, "first_response", together)
    threads = [
        threading.Thread(target=send_first_responses, args=(embedded, clock())) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(alice.tickets.view(ticket.id).comments) == 1


def test_one_that_fails_does_not_hold_up_the_others(
    article: int,
    submitted: Callable[..., TicketView],
    send: Callable[[], int],
    alice: HelpDesk,
    monkeypatch: pytest.MonkeyPatch,
):
    broken, ticket = submitted(), submitted()
    real = Answering.first_response

    async def sometimes(self: Answering, ticket_id: int, call: Any) -> None:
        if ticket_id == broken.id:
            raise DeskError("Not this one.")
        await real(self, ticket_id, call)

    with monkeypatch.context() as patched:
        patched.setattr(Answering, "first_response", sometimes)
        assert send() == 1
    assert alice.tickets.view(ticket.id).comments[0].automatic
    assert alice.tickets.view(broken.id).comments == ()
    assert send() == 1
    assert alice.tickets.view(broken.id).comments[0].automatic


def test_a_slow_model_leaves_the_rest_for_the_next_run(
    article: int,
    submitted: Callable[..., TicketView],
    send: Callable[[], int],
    monkeypatch: pytest.MonkeyPatch,
):
    submitted()
    monkeypatch.setattr(job, "LONGEST_SECONDS", -1.0)
    assert send() == 0
    monkeypatch.undo()
    assert send() == 1


def test_the_command_for_jobs_sends_it(
    article: int, submitted: Callable[..., TicketView], sign_in: SignIn, run: Run, monkeypatch
):
    ticket = submitted()
    # The ticket is of the time of this test, the command of that of the machine.
    monkeypatch.setattr("helpdesk.services.first_responses.TOO_LATE", timedelta(days=36_500))
    outcome = run("jobs", "run", "--once")
    assert outcome.code == 0
    assert "first responses: 1 answered" in outcome.lines
    # The jobs run by the clock of the machine, by which the sessions of this test are over.
    assert sign_in("alice").tickets.view(ticket.id).comments[0].automatic


def test_one_that_fails_keeps_no_other_waiting_and_is_given_up_after_a_while(
    article: int,
    submitted: Callable[..., TicketView],
    send: Callable[[], int],
    alice: HelpDesk,
    clock: SettableClock,
    monkeypatch,
    caplog,
):
    bad, good = submitted(), submitted()
    real = Answering.first_response

    async def fails(self: Answering, ticket_id: int, call: Steps) -> None:
        if ticket_id == bad.id:
            raise KeyError("a bug")
        await real(self, ticket_id, call)

    monkeypatch.setattr(Answering, "first_response", fails)
    assert send() == 1
    assert alice.tickets.view(good.id).comments[0].automatic
    assert not alice.tickets.view(bad.id).comments
    monkeypatch.undo()
    clock.forward(hours=5)
    assert send() == 0
    assert not alice.tickets.view(bad.id).comments


# --- with a model -------------------------------------------------------------------------------


def _said(article: int, reply: str, **more: object) -> dict[str, object]:
    return {
        "reason": "It is about the VPN.",
        "helps": True,
        "confidence": 90,
        "reply": reply,
        "citations": [f"KB-{article}"],
        **more,
    }


def test_a_model_chooses_the_articles_and_never_the_words(
    article: int,
    submitted: Callable[..., TicketView],
    send: Callable[[], int],
    alice: HelpDesk,
    dana: HelpDesk,
):
    ticket = submitted()
    # It shares every word with the article, and says the opposite.
    reply = f"Never choose the travel profile in the VPN client. [KB-{article}]"
    calls = with_model(dana, gives(**_said(article, reply)), send)
    (comment,) = alice.tickets.view(ticket.id).comments
    assert comment.automatic
    assert "Never choose" not in comment.body
    assert f"{STEP} (KB-{article})" in comment.body
    assert len(calls) == 1
    (figures,) = dana.assistant.figures(CallsQuery()).features
    assert figures.feature is Feature.FIRST_RESPONSE


@pytest.mark.parametrize(
    "reply",
    [
        "Choose the travel profile in the VPN client. [KB-{0}] The moon is of cheese. [KB-{0}]",
        "The moon is made of cheese.",
        "Choose the travel profile in the VPN client. [KB-999]",
        "Choose the travel profile at http://evil.example/vpn in the VPN client. [KB-{0}]",
    ],
    ids=["half of it", "no source", "another source", "an address of its own"],
)
def test_what_no_article_bears_out_is_never_sent(
    article: int,
    submitted: Callable[..., TicketView],
    send: Callable[[], int],
    alice: HelpDesk,
    dana: HelpDesk,
    reply: str,
):
    ticket = submitted()
    with_model(dana, gives(**_said(article, reply.format(article))), send)
    (comment,) = alice.tickets.view(ticket.id).comments
    assert "cheese" not in comment.body
    assert "evil" not in comment.body
    assert f"{STEP} (KB-{article})" in comment.body


def test_a_model_that_sees_no_help_in_the_articles_is_believed(
    article: int,
    submitted: Callable[..., TicketView],
    send: Callable[[], int],
    alice: HelpDesk,
    dana: HelpDesk,
):
    ticket = submitted()
    with_model(dana, gives(**_said(article, "Anything.", helps=False)), send)
    assert alice.tickets.view(ticket.id).comments == ()


@pytest.mark.parametrize("body", [b"", b"<html>", delta("no form at all", "stop") + DONE])
def test_a_model_that_fails_leaves_the_articles_own_words(
    article: int,
    submitted: Callable[..., TicketView],
    send: Callable[[], int],
    alice: HelpDesk,
    dana: HelpDesk,
    body: bytes,
):
    ticket = submitted()
    with_model(dana, says(body), send)
    assert f"{STEP} (KB-{article})" in alice.tickets.view(ticket.id).comments[0].body


def test_a_context_too_small_for_the_ticket_leaves_the_articles_own_words(
    article: int,
    submitted: Callable[..., TicketView],
    send: Callable[[], int],
    alice: HelpDesk,
    dana: HelpDesk,
):
    ticket = submitted()
    dana.assistant.change_settings(AssistantChange(context_tokens=512))
    assert with_model(dana, gives(**_said(article, f"{STEP} [KB-{article}]")), send) == []
    assert f"{STEP} (KB-{article})" in alice.tickets.view(ticket.id).comments[0].body


# --- what becomes of it -------------------------------------------------------------------------


@pytest.fixture
def answered(
    article: int, submitted: Callable[..., TicketView], send: Callable[[], int]
) -> TicketView:
    ticket = submitted()
    send()
    return ticket


@pytest.mark.desk_kinds("local-sqlite", "http-sqlite")
def test_whoever_it_helped_closes_the_ticket_by_saying_so_once(
    answered: TicketView, alice: HelpDesk, dana: HelpDesk
):
    view = alice.assistant.helped(answered.id)
    assert view.status is Status.CLOSED
    assert view.first_responded_at is None
    for again in (alice.assistant.helped, alice.assistant.did_not_help):
        with pytest.raises(Invalid, match="no automatic answer"):
            again(answered.id)
    figures = dana.assistant.figures(CallsQuery())
    assert (figures.automatic_sent, figures.automatic_helped) == (1, 1)


@pytest.mark.desk_kinds("local-sqlite", "http-sqlite")
def test_whoever_it_did_not_help_gets_a_person_by_saying_so_once(
    answered: TicketView, alice: HelpDesk, bob: HelpDesk, dana: HelpDesk
):
    view = alice.assistant.did_not_help(answered.id)
    assert view.status is Status.NEW
    assert view.version > answered.version
    told = [each for each in bob.tickets.view(answered.id).events if each.new]
    assert any("handed over to a person" in str(each.new) for each in told)
    with pytest.raises(Invalid):
        alice.assistant.did_not_help(answered.id)
    with pytest.raises(Invalid):
        alice.assistant.helped(answered.id)
    assert dana.assistant.figures(CallsQuery()).automatic_handed_over == 1


def test_only_who_asked_says_whether_it_helped(
    answered: TicketView, bob: HelpDesk, dana: HelpDesk, sign_in: SignIn
):
    for other in (bob, dana):
        for say in (other.assistant.helped, other.assistant.did_not_help):
            with pytest.raises(Forbidden, match="who asked"):
                say(answered.id)
    with pytest.raises(NotFound):
        sign_in("erin").assistant.helped(answered.id)
    assert dana.tickets.view(answered.id).status is Status.NEW


def test_of_a_ticket_without_one_nothing_can_be_said(
    network: int, submitted: Callable[..., TicketView], alice: HelpDesk
):
    ticket = submitted("The coffee machine is sad")
    with pytest.raises(Invalid, match=ticket.number):
        alice.assistant.helped(ticket.id)
