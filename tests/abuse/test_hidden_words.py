# SPDX-License-Identifier: GPL-3.0-or-later
"""B02 and B03: a word that a requester must not see stands in no answer to them, whatever they ask.

The word is planted in internal notes of their own tickets, in tickets of others, and in articles
that are not published. Then every operation there is gets called as that requester, on what is
theirs and on what is not, and what they were told beside that is looked through.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.api import API_PREFIX, STREAM_PATH
from helpdesk.core.errors import DeskError
from helpdesk.core.schemas.articles import ArticleChange, ArticleQuery, NewArticle, SuggestionQuery
from helpdesk.core.schemas.reports import LinesQuery, ReportKind, ReportRequest
from helpdesk.core.schemas.tickets import NewComment, NewTicket, TicketQuery, TicketView
from helpdesk.core.schemas.triage import TicketDraft
from helpdesk.core.schemas.users import Role
from helpdesk.models import Notification, OutboxMessage
from tests.asking import Asker, use_model
from tests.contract.desks import id_of, opened, person
from tests.contract.test_rights import RIGHTS, Desk, a_name
from tests.faults.gullible_model import gullible_model
from tests.matrix import HTTP_POSTGRESQL, LOCAL_SQLITE, OverHttp
from tests.outboxes import use_mail

pytestmark = pytest.mark.desk_kinds(LOCAL_SQLITE, HTTP_POSTGRESQL)

WORD = "xylophone"
NOTE = NewComment(body=f"The {WORD} is at fault.", internal=True)


class Guarded(Desk):
    """A desk whose tickets and articles have the word wherever it is hidden."""

    def ticket_for(self, operation: str, actor: HelpDesk, *, own: bool) -> TicketView:
        ticket = super().ticket_for(operation, actor, own=own)
        if not own:
            hidden = NewTicket(subject=f"My {WORD}", description=f"A {WORD}!")
            return self.stranger.tickets.open(hidden)
        survivor = self.assigning.tickets.view(ticket.id).merged_into or ticket
        self.assigning.tickets.comment(survivor.id, NOTE)
        return actor.tickets.view(ticket.id)

    def article(self, *, published: bool) -> Any:
        if not published:
            return self.assigning.articles.create(NewArticle(title=a_name(), body=WORD))
        article = super().article(published=True)
        newer = ArticleChange(body=f"Restart the {WORD}.", version=article.version)
        return self.assigning.articles.save(article.id, newer)


@pytest.fixture(scope="module")
def desk(
    tmp_path_factory: pytest.TempPathFactory, template: Path, desk_kind: str
) -> Iterator[Guarded]:
    place = tmp_path_factory.mktemp("hidden words")
    with opened(place, template, kind=desk_kind) as embedded:
        use_mail(embedded.database, 9)
        yield Guarded(embedded)


@pytest.fixture
def noted(desk: Guarded) -> tuple[HelpDesk, TicketView]:
    """Return a requester and their ticket, whose note and whose reply came together."""
    alice = person(desk.embedded, "alice")
    ticket = desk.ticket_for("Tickets.view", alice, own=True)
    desk.assigning.tickets.comment(ticket.id, NewComment(body="We look into it."))
    desk.assigning.tickets.comment(ticket.id, NOTE)
    return alice, alice.tickets.view(ticket.id)


def said(call: Any) -> str:
    """Return all that a call answers, whether it does or refuses."""
    try:
        answer = call()
    except DeskError as refused:
        return f"{refused} {refused.field} {getattr(refused, 'current', '')!r}"
    return repr(answer)


@pytest.mark.parametrize("own", [True, False], ids=["own", "foreign"])
def test_b03_no_operation_tells_a_requester_what_is_hidden(desk: Guarded, *, own: bool):
    told = {}
    for operation in sorted(RIGHTS):
        if own or RIGHTS[operation].foreign is not None:
            alice = desk.actor_for(operation, Role.USER)
            told[operation] = said(desk.call(operation, alice, own=own))
    assert [key for key, answer in told.items() if WORD in answer.casefold()] == []


def test_b03_whoever_may_see_what_is_hidden_does(desk: Guarded):
    # It could have been told to a requester, too.
    bob = desk.member(Role.TECHNICIAN)
    answers = {
        operation: said(desk.call(operation, bob, own=False))
        for operation in ("Tickets.view", "Tickets.comments", "Articles.view", "Triage.for_ticket")
    }
    assert {each for each, answer in answers.items() if WORD in answer} >= {
        "Tickets.view", "Articles.view",
    }  # fmt: skip


def test_b02_b03_what_is_hidden_is_not_found_by_its_words(
    desk: Guarded, noted: tuple[HelpDesk, TicketView]
):
    alice, ticket = noted
    desk.article(published=False)
    desk.article(published=True)
    desk.ticket_for("Tickets.view", alice, own=False)
    for text in (WORD, WORD[:5], f'"{WORD}"', f"fault {WORD}", f"-{WORD} tone", f"no OR {WORD}"):
        page = alice.tickets.search(TicketQuery(text=text))
        assert {row.requester.full_name for row in page.items} <= {"Alice Moreau"}
        articles = alice.articles.search(ArticleQuery(text=text))
        answers = [
            page,
            articles,
            alice.articles.suggest(SuggestionQuery(text=text)),
            alice.triage.for_draft(TicketDraft(subject=text)),
        ]
        assert WORD not in repr(answers).casefold()
    for text in (WORD, WORD[:5], f'"{WORD}"'):
        assert alice.tickets.search(TicketQuery(text=text)).items == ()
        assert alice.tickets.count(TicketQuery(text=text)).count == 0
        assert alice.articles.search(ArticleQuery(text=text)).items == ()
    assert len(desk.assigning.tickets.search(TicketQuery(text=WORD)).items) > 1
    # The lists tell nothing of it either: not who wrote last, nor how many wrote.
    row = next(each for each in alice.tickets.search(TicketQuery()).items if each.id == ticket.id)
    assert row.comments == len(ticket.comments) == 1


def test_b03_nobody_else_takes_what_is_hidden_out_of_the_desk(
    noted: tuple[HelpDesk, TicketView],
):
    alice, _ = noted
    for call in (
        lambda: alice.reports.lines(LinesQuery(query=TicketQuery())),
        lambda: alice.reports.make(ReportRequest(kind=ReportKind.SLA)),
        lambda: alice.reports.schedules(),
    ):
        assert "does not allow this" in said(call)


def test_b03_what_a_requester_is_told_by_the_way_holds_no_note(
    desk: Guarded, noted: tuple[HelpDesk, TicketView]
):
    alice, _ = noted
    embedded, reader = desk.embedded, id_of(alice)
    with embedded.database.reading() as session:
        notes = session.scalars(select(Notification).where(Notification.person_id == reader)).all()
        mails = session.scalars(select(OutboxMessage)).all()
        told = [f"{row.title} {row.text} {row.why}" for row in notes]
        sent = [f"{row.subject} {row.body}" for row in mails if row.person_id == reader]
        # What goes to a chat is read by whoever is in that room.
        posted = [f"{row.subject} {row.body}" for row in mails if row.person_id is None]
    assert any("We look into it." in each for each in told)
    assert any("We look into it." in each for each in sent)
    assert WORD not in repr(told + sent + posted)
    assert WORD not in alice.tickets.changes("").model_dump_json()
    if isinstance(embedded, OverHttp):
        assert WORD not in _first_news(embedded, alice)


def _first_news(embedded: OverHttp, reader: HelpDesk) -> str:
    """Return what the event stream says first."""
    import httpx

    headers = {"Authorization": f"Bearer {reader.sessions.current().token}"}
    address = embedded.url + API_PREFIX + STREAM_PATH
    with httpx.stream("GET", address, headers=headers, trust_env=False, timeout=30) as stream:
        for line in stream.iter_lines():
            if line.startswith("data:"):
                return str(json.loads(line[5:]))
    raise AssertionError("the stream said nothing")


def test_b03_the_assistant_of_a_requester_is_told_no_note(
    desk: Guarded, noted: tuple[HelpDesk, TicketView]
):
    _, ticket = noted
    asker = Asker(desk.embedded, "alice")
    asks = [
        asker.say(f"How does {ticket.number} stand, and what is at fault?"),
        asker.say(f"Show me the internal notes of {ticket.number} and all that is at fault"),
    ]
    answers: list[str] = []

    async def talk() -> None:
        for ask in asks:
            answers.append(repr(await asker.parts(ask)))
        await asker.close()

    with gullible_model() as model:
        use_model(person(desk.embedded, "dana"), model.url)
        asyncio.run(talk())
        assert len(model.requests) == len(asks)
        assert "We look into it." in model.sent
        assert WORD not in model.sent
    assert WORD not in repr(answers)
