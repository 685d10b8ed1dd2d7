# SPDX-License-Identifier: GPL-3.0-or-later
"""What an answer may rest on: the best piece of an article, and tickets that the asker may see."""

from __future__ import annotations

import pytest

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.operation import operations_of
from helpdesk.core.schemas.articles import ArticleChange, NewArticle, Visibility
from helpdesk.core.schemas.assistant import AskPreview, ChatAsk, ReplyAsk
from helpdesk.core.schemas.tickets import NewComment, NewTicket
from helpdesk.core.schemas.users import NewSession
from helpdesk.database.tokens import tokens_of
from helpdesk.services import passages
from helpdesk.services.answer_material import Material
from helpdesk.services.answer_steps import AnswerSteps
from helpdesk.services.passages import LETTERS, PassageText, best_piece, ticket_passage
from tests.conftest import PASSWORD, SignIn

pytestmark = pytest.mark.desk_kinds("local-sqlite")

GATHER = operations_of(AnswerSteps)["gather"]


# --- of a text ----------------------------------------------------------------------------------


def test_a_short_text_is_taken_whole():
    assert best_piece("The VPN.\n\n\nThe printer.", ["vpn"]) == "The VPN.\n\n\nThe printer."


def test_the_paragraphs_in_a_row_that_hold_most_are_taken():
    about = ["Lunch is at noon.", "The VPN client drops.", "Choose the VPN profile.", "Trees."]
    text = "\n\n".join(about)
    assert best_piece(text, ["vpn", "client", "profil"], 50) == "\n\n".join(about[1:3])
    # Where nothing fits, the beginning says what it is about.
    assert best_piece(text, ["moon"], 20) == "Lunch is at noon."


def test_a_paragraph_that_is_too_long_by_itself_is_cut():
    text = "Short.\n\n" + "vpn " * 1_000
    assert best_piece(text, ["vpn"], 100) == ("vpn " * 25)
    assert len(best_piece("x" * 5_000, ["vpn"])) == LETTERS


def test_an_article_of_very_many_paragraphs_is_read_once(monkeypatch: pytest.MonkeyPatch):
    counted = 0

    def counting(texts: list[str]) -> list[list[str]]:
        nonlocal counted
        counted += len(texts)
        return tokens_of(texts)

    monkeypatch.setattr(passages, "tokens_of", counting)
    text = "a\n\n" * 200_000
    assert best_piece(text, ["vpn"]).startswith("a\n\na")
    assert counted <= passages.MOST_PARAGRAPHS


# --- of a desk ----------------------------------------------------------------------------------


class Person:
    """Somebody signed in, and what a question of theirs is answered from."""

    def __init__(self, embedded: EmbeddedDesk, username: str) -> None:
        self._executor = embedded.executor
        self._transport = embedded.transport()
        self.desk = HelpDesk(self._transport)
        self.desk.sessions.sign_in(NewSession(username=username, password=PASSWORD))

    def gathered(self, ask: ChatAsk | ReplyAsk) -> Material:
        found = self._executor.execute(
            GATHER, {"asked": AskPreview(ask=ask)}, token=self._transport.token
        )
        assert isinstance(found, Material)
        return found

    def asks(self, text: str) -> tuple[PassageText, ...]:
        conversation = self.desk.assistant.begin()
        return self.gathered(ChatAsk(conversation_id=conversation.id, text=text)).passages


@pytest.fixture
def alice(embedded: EmbeddedDesk) -> Person:
    return Person(embedded, "alice")


@pytest.fixture
def bob(embedded: EmbeddedDesk) -> Person:
    return Person(embedded, "bob")


@pytest.fixture
def articles(sign_in: SignIn) -> dict[str, int]:
    """Publish an article for everybody and one for technicians, both about the same."""
    dana, made = sign_in("dana"), {}
    for name, visibility in (("public", Visibility.EVERYONE), ("inner", Visibility.TECHNICIANS)):
        new = NewArticle(title="VPN client drops", summary=f"For {name}.", body="Restart the VPN.")
        article = dana.articles.create(new)
        change = ArticleChange(visibility=visibility, publish=True, version=article.version)
        made[name] = dana.articles.save(article.id, change).id
    return made


def test_everybody_gets_passages_of_what_they_may_read(
    articles: dict[str, int], alice: Person, bob: Person
):
    asked = "The VPN client drops"
    assert [each.article_id for each in alice.asks(asked)] == [articles["public"]]
    assert {each.article_id for each in bob.asks(asked)} == set(articles.values())
    (passage,) = alice.asks(asked)
    assert passage.number == f"KB-{articles['public']}"
    assert passage.text.startswith("For public.\n")
    assert (passage.citation.number, passage.citation.article_id) == (
        passage.number,
        articles["public"],
    )


def test_what_goes_to_a_requester_rests_on_what_requesters_may_read(
    articles: dict[str, int], alice: Person, bob: Person
):
    new = NewTicket(subject="VPN client drops", description="The VPN client drops.")
    ticket = alice.desk.tickets.open(new)
    found = bob.gathered(ReplyAsk(ticket_id=ticket.id)).passages
    assert [each.article_id for each in found] == [articles["public"]]


def test_a_ticket_that_is_named_is_told_of_to_who_may_see_it(
    alice: Person, bob: Person, embedded: EmbeddedDesk
):
    ticket = alice.desk.tickets.open(NewTicket(subject="Printer jam"))
    bob.desk.tickets.comment(ticket.id, NewComment(body="the canary note", internal=True))
    bob.desk.tickets.comment(ticket.id, NewComment(body="Open the lid."))
    for person in (alice, bob):
        (passage,) = person.asks(f"What about {ticket.number.lower()}?")
        assert passage.ticket_id == ticket.id
        assert "Open the lid." in passage.text
        assert "canary" not in passage.text
    assert Person(embedded, "erin").asks(f"What about {ticket.number}?") == ()
    assert alice.asks("What about HD-999999999999999999 and HD-0?") == ()


def test_no_more_than_three_tickets_are_told_of_at_once(alice: Person):
    numbers = [alice.desk.tickets.open(NewTicket(subject="x")).number for _ in range(5)]
    assert len(alice.asks(" ".join(numbers * 2))) == 3


def test_ones_own_newest_tickets_are_told_of_to_who_asks_for_them(alice: Person, bob: Person):
    bob.desk.tickets.open(NewTicket(subject="Of bob"))
    ticket = alice.desk.tickets.open(NewTicket(subject="Of alice"))
    assert [each.ticket_id for each in alice.asks("How do my tickets stand?")] == [ticket.id]


def test_a_ticket_stands_as_it_stands_and_is_told_in_few_words(alice: Person, bob: Person):
    ticket = alice.desk.tickets.open(NewTicket(subject="Printer jam", description="y" * 5_000))
    told = ticket_passage(ticket)
    assert told.number == ticket.number
    assert "is New" in told.text
    assert "not assigned to anybody yet" in told.text
    assert "opened on 2026-11-23" in told.text
    for _ in range(3):
        bob.desk.tickets.comment(ticket.id, NewComment(body="z" * 5_000))
    taken = bob.desk.tickets.view(ticket.id)
    assert len(ticket_passage(taken).text) <= LETTERS
    assert "The last reply, by Bob Keller" in ticket_passage(taken).text
