# SPDX-License-Identifier: GPL-3.0-or-later
"""What is suggested for a ticket: seen with where it comes from, taken over only by a person."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QLabel, QPushButton, QWidget

from helpdesk.core.errors import Unreachable
from helpdesk.core.schemas.assistant import Answer
from helpdesk.core.schemas.tickets import NewTicket, Priority, TicketChange, TicketView
from helpdesk.core.schemas.triage import (
    Citation,
    Origin,
    SuggestedReply,
    TicketSuggestion,
)
from helpdesk.ui.keys import KEYS
from helpdesk.ui.main_window import MainWindow
from helpdesk.ui.tickets.assist.incident_banner import sentence
from helpdesk.ui.tickets.assist.suggestion_card import SuggestionCard
from helpdesk.ui.tickets.list_tab import TicketListTab
from helpdesk.ui.tickets.ticket_pane import TicketPane
from helpdesk.ui.widgets.question import Question
from helpdesk.ui.widgets.toast import toasts_of
from tests.ui.scripted_assistant import done, failed, sources
from tests.ui.seats import button, click, shown
from tests.ui.suggested import (
    ScriptedTriage,
    assignee,
    category,
    incident,
    priority,
    similar,
    suggestion,
)

REPLY = SuggestedReply(
    body="Please reconnect.",
    origin=Origin.BOTH,
    citations=(Citation(number="KB-12", title="VPN rekey", article_id=12),),
    cautions=("The draft names 10.0.0.1, which stands nowhere else.",),
)


@pytest.fixture
def ticket(sign_in):
    return sign_in("alice").tickets.open(
        NewTicket(subject="VPN drops", description="Every ten minutes, for all of Lyon.")
    )


@pytest.fixture
def network(sign_in):
    found = sign_in("bob").tickets.categories()
    return next(each.id for each in found if each.name == "Network")


@pytest.fixture
def bob(sign_in):
    found = sign_in("bob").tickets.assignable()
    return next(each.id for each in found if each.full_name == "Bob Keller")


@pytest.fixture
def everything(network, bob) -> Callable[[TicketView], TicketSuggestion]:
    """Return what suggests category, priority and technician."""
    fields = category(network), priority("high"), assignee(bob, "Bob Keller")
    return lambda ticket: suggestion(ticket, *fields)


def card_of(pane: TicketPane) -> SuggestionCard:
    return pane.assist.card


def triage_of(pane: TicketPane) -> ScriptedTriage:
    found: object = pane.seat.desktop.desk.triage  # type: ignore[attr-defined]
    assert isinstance(found, ScriptedTriage)
    return found


def words(widget: QWidget) -> str:
    return "\n".join(x.text() for x in widget.findChildren(QLabel) if x.isVisibleTo(widget))


def chips(pane: TicketPane) -> dict[str, QPushButton]:
    """Return the buttons that take one field over, by its name."""
    buttons = card_of(pane).findChildren(QPushButton)
    return {x.property("field"): x for x in buttons if x.property("field") and x.isVisible()}


def category_of(pane: TicketPane) -> str | None:
    found = shown(pane).category
    return found.name if found else None


def assignee_of(pane: TicketPane) -> str | None:
    found = shown(pane).assignee
    return found.full_name if found else None


def questions(pane: TicketPane) -> list[Question]:
    return [x for x in pane.window().findChildren(Question) if x.isVisible()]


def settle(pane: TicketPane) -> None:
    pane.seat.settle()  # type: ignore[attr-defined]


# --- what the history suggests ------------------------------------------------------------------


def test_it_says_what_how_sure_and_where_it_comes_from(assisted, ticket, everything):
    pane = assisted("charlie", ticket, everything)
    said = words(card_of(pane))
    assert "Network · High · assign to Bob Keller" in said
    assert "71\N{NO-BREAK SPACE}%" in said, "a chain is as strong as its weakest link"
    assert "Resembles HD-31, HD-29 and HD-42 (shared: vpn, lyon)." in said
    assert "From 3 similar tickets" in chips(pane)["category"].accessibleName()
    assert "3 similar" in chips(pane)["category"].text()


def test_accepting_sets_all_fields_and_can_be_undone(assisted, ticket, everything, qtbot):
    pane = assisted("charlie", ticket, everything)
    click(qtbot, card_of(pane).accept_button)
    settle(pane)
    now = shown(pane)
    assert (category_of(pane), now.priority) == ("Network", Priority.HIGH)
    assert assignee_of(pane) == "Bob Keller"
    assert card_of(pane).isHidden()
    [choice] = triage_of(pane).choices
    assert [x.value for x in choice.origins] == ["history"] * 3
    assert (choice.shown, choice.shown_values) == (choice.fields, choice.values)
    assert (choice.shown_origins, choice.shown_confidences) == (choice.origins, (92, 88, 71))
    toast = toasts_of(pane.window())[-1]
    assert toast.accessibleName() == (
        f"{now.number}: category Network, priority High and assigned to Bob Keller"
    )
    click(qtbot, button(toast, "Undo"))
    settle(pane)
    now = shown(pane)
    assert (now.category, now.priority, now.assignee) == (None, Priority.MEDIUM, None)


def test_one_field_is_taken_by_the_keyboard_and_the_others_stay(
    assisted, ticket, everything, qtbot
):
    pane = assisted("charlie", ticket, everything)
    chip = chips(pane)["category"]
    chip.setFocus()
    qtbot.keyClick(chip, Qt.Key_Space)
    settle(pane)
    assert category_of(pane) == "Network"
    assert shown(pane).priority is Priority.MEDIUM
    assert [x.value for x in triage_of(pane).choices[0].shown] == [
        "category",
        "priority",
        "assignee",
    ]
    assert set(chips(pane)) == {"priority", "assignee"}
    click(qtbot, card_of(pane).accept_button)
    settle(pane)
    assert shown(pane).priority is Priority.HIGH, "its version goes on with the ticket's"


def test_whom_a_technician_cannot_give_it_to_is_only_told(
    assisted, ticket, network, sign_in, qtbot
):
    charlie = next(
        x.id for x in sign_in("bob").tickets.assignable() if x.full_name == "Charlie Hart"
    )
    fields = category(network), assignee(charlie, "Charlie Hart")
    pane = assisted("bob", ticket, lambda found: suggestion(found, *fields))
    assert set(chips(pane)) == {"category"}
    assert "Usually solved by Charlie Hart." in words(card_of(pane))
    click(qtbot, card_of(pane).accept_button)
    settle(pane)
    assert category_of(pane) == "Network"
    assert shown(pane).assignee is None
    assert [x.value for x in triage_of(pane).choices[0].shown] == ["category"]
    assert card_of(pane).isHidden(), "there is no card for that alone"


def test_what_the_model_alone_says_is_taken_by_its_own_button(assisted, ticket, network, qtbot):
    fields = category(network), priority("high", origin=Origin.MODEL)
    pane = assisted("bob", ticket, lambda found: suggestion(found, *fields))
    assert "what the history vouches for: Network" in card_of(pane).accept_button.toolTip()
    assert pane.assist.accept()
    settle(pane)
    assert (category_of(pane), shown(pane).priority) == ("Network", Priority.MEDIUM)
    assert not card_of(pane).accept_button.isVisible()
    assert not pane.assist.accept()
    click(qtbot, chips(pane)["priority"])
    settle(pane)
    assert shown(pane).priority is Priority.HIGH


def test_urgent_from_a_model_takes_more_than_one_click(assisted, ticket, qtbot):
    urgent = priority("urgent", origin=Origin.MODEL)
    pane = assisted("bob", ticket, lambda found: suggestion(found, urgent))
    click(qtbot, chips(pane)["priority"])
    settle(pane)
    assert shown(pane).priority is Priority.MEDIUM
    [question] = questions(pane)
    click(qtbot, question.agree_button)
    settle(pane)
    assert shown(pane).priority is Priority.URGENT


def test_a_text_that_tries_something_is_named(assisted, ticket, qtbot):
    label = "asks the assistant to ignore its rules"
    made = priority("urgent")
    pane = assisted("bob", ticket, lambda found: suggestion(found, made, labels=(label,)))
    assert pane.assist.warning.text() == f"Careful: this ticket's text {label}."
    click(qtbot, card_of(pane).accept_button)
    assert len(questions(pane)) == 1, "the history may have been led as well"
    questions(pane)[0].reject()


def test_a_warning_stands_there_without_a_card_and_goes_with_its_ticket(assisted, ticket, sign_in):
    labels = "asks the assistant to ignore its rules", "holds a password or key"
    other = sign_in("alice").tickets.open(NewTicket(subject="Printer", description="Jammed."))

    def make(found: TicketView) -> TicketSuggestion:
        return suggestion(found, labels=labels if found.id == ticket.id else ())

    pane = assisted("bob", ticket, make)
    assert card_of(pane).isHidden()
    assert pane.assist.warning.isVisible()
    assert pane.assist.warning.text() == f"Careful: this ticket's text {' and '.join(labels)}."
    pane.open(other.id)
    settle(pane)
    assert not pane.assist.warning.isVisible()


def test_when_somebody_was_quicker_nothing_is_taken_and_it_is_suggested_anew(
    assisted, ticket, everything, sign_in, qtbot
):
    pane = assisted("charlie", ticket, everything)
    pane.seat.feed.changed.disconnect()
    other = TicketChange(version=ticket.version, priority=Priority.LOW)
    sign_in("bob").tickets.change(ticket.id, other)
    with qtbot.waitSignal(pane.said) as said:
        click(qtbot, card_of(pane).accept_button)
        settle(pane)
    assert "has changed meanwhile" in said.args[0]
    assert shown(pane).priority is Priority.LOW
    assert shown(pane).category is None
    qtbot.waitUntil(lambda: pane.assist.suggestions.suggestion.version == shown(pane).version)
    click(qtbot, card_of(pane).accept_button)
    settle(pane)
    assert shown(pane).priority is Priority.HIGH


def test_without_anything_to_say_there_is_no_card_and_the_menu_says_why(assisted, ticket):
    pane = assisted("bob", ticket)
    assert card_of(pane).isHidden()
    menu = pane.assist.replying.tools.draft_button.menu()
    menu.aboutToShow.emit()
    said = [x.text() for x in menu.actions() if x.isVisible()]
    assert any(x.startswith("No suggestion: The desk has learnt from 0") for x in said)


def test_a_desk_that_does_not_answer_leaves_the_ticket_as_it_is(assisted, ticket, everything):
    pane = assisted("bob", ticket, everything)
    assert not card_of(pane).isHidden()
    triage_of(pane).error = Unreachable("Away.")
    pane.assist.suggestions.clear()
    pane.assist.show_ticket(shown(pane))
    settle(pane)
    assert card_of(pane).isHidden()
    assert "Away" not in words(pane)


def test_dismissed_it_is_gone_until_the_menu_brings_it_back(assisted, ticket, everything, qtbot):
    pane = assisted("bob", ticket, everything)
    tools = pane.assist.replying.tools
    with qtbot.waitSignal(pane.said) as said:
        click(qtbot, card_of(pane).dismiss_button)
    settle(pane)
    assert f"the menu beside '{tools.draft_button.text()}'" in said.args[0]
    assert card_of(pane).isHidden()
    assert triage_of(pane).choices[-1].fields == ()
    assert len(triage_of(pane).choices[-1].shown) == 3
    menu = pane.assist.replying.tools.draft_button.menu()
    menu.aboutToShow.emit()
    again = next(x for x in menu.actions() if x.text() == "Show the suggestion again")
    assert again.isVisible()
    again.trigger()
    assert not card_of(pane).isHidden()


def test_why_shows_the_tickets_the_alternatives_and_leads_there(
    assisted, ticket, everything, qtbot
):
    pane = assisted("bob", ticket, everything)
    assert "Software" not in words(card_of(pane))
    click(qtbot, card_of(pane).why_button)
    said = words(card_of(pane))
    assert "From 3 similar tickets: HD-31, HD-29 and HD-42." in said
    assert "Of a hundred such suggestions 92 turned out right here." in said
    assert "It might also be Software (4\N{NO-BREAK SPACE}%)." in said
    assert "shares vpn and lyon" in said
    link = button(card_of(pane), "HD-31 VPN drops")
    with qtbot.waitSignal(pane.articles.ticket_wanted) as wanted:
        click(qtbot, link)
    assert wanted.args == [31]


# --- what the model adds ------------------------------------------------------------------------


def merged(found: TicketView, network: int) -> TicketSuggestion:
    both = category(network, origin=Origin.BOTH, reason="A tunnel drops.", confidence=95)
    return suggestion(found, both, priority("low", origin=Origin.MODEL), reply=REPLY)


def test_the_models_suggestion_replaces_that_of_the_history(
    assisted, ticket, everything, model, source, network, qtbot
):
    source.parts["triage"] = [
        sources(Answer(suggestion=everything(ticket))),
        done(Answer(suggestion=merged(ticket, network))),
    ]
    source.hold = 1
    pane = assisted("charlie", ticket, everything)
    qtbot.waitUntil(lambda: f"{model} is being asked…" in words(card_of(pane)))
    assert "Network · High · assign to Bob Keller" in words(card_of(pane)), "nothing waits"
    source.go()
    qtbot.waitUntil(lambda: "Network · Low" in words(card_of(pane)))
    assert f"From the model {model}" in chips(pane)["priority"].accessibleName()
    assert "From both" in chips(pane)["category"].accessibleName()
    click(qtbot, card_of(pane).why_button)
    assert "The model says: A tunnel drops." in words(card_of(pane))
    assert f"From the model {model}. Nothing in the history vouches for it." in words(card_of(pane))


@pytest.mark.usefixtures("model")
def test_an_answer_for_an_older_state_of_the_ticket_is_dropped(
    assisted, ticket, everything, source, network, sign_in, qtbot
):
    source.parts["triage"] = [done(Answer(suggestion=merged(ticket, network)))]
    source.hold = 0
    pane = assisted("bob", ticket, everything)
    qtbot.waitUntil(lambda: len(source.asked) == 1)
    change = TicketChange(version=ticket.version, category_id=network)
    sign_in("charlie").tickets.change(ticket.id, change)
    qtbot.waitUntil(lambda: shown(pane).version > ticket.version)
    qtbot.waitUntil(lambda: "triage" in source.ended)
    source.go()
    qtbot.waitUntil(lambda: len(source.asked) == 2 and not pane.assist.suggestions.is_asking)
    assert "High" in words(card_of(pane)), "the answer still names the older version"
    assert "Low" not in words(card_of(pane))


def test_a_model_that_fails_leaves_what_the_history_says(
    assisted, ticket, everything, model, source, qtbot
):
    source.parts["triage"] = [failed("The model is away; ask again.")]
    pane = assisted("bob", ticket, everything)
    qtbot.waitUntil(lambda: pane.assist.suggestions.notice != "")
    assert "Network · High" in words(card_of(pane))
    click(qtbot, card_of(pane).why_button)
    assert "The model did not answer. The model is away; ask again." in words(card_of(pane))


def test_a_question_can_be_stopped(assisted, ticket, everything, model, source, qtbot):
    source.parts["triage"] = [done(Answer())]
    source.hold = 0
    pane = assisted("bob", ticket, everything)
    qtbot.waitUntil(lambda: len(source.asked) == 1)
    click(qtbot, button(card_of(pane), "Stop"))
    qtbot.waitUntil(lambda: source.ended == ["triage"])
    assert "Network · High" in words(card_of(pane))
    assert "being asked" not in words(card_of(pane))


# --- the reply ----------------------------------------------------------------------------------


@pytest.fixture
def with_reply(assisted, ticket) -> TicketPane:
    pane: TicketPane = assisted("bob", ticket, lambda found: suggestion(found, reply=REPLY))
    return pane


def test_a_reply_joins_what_is_typed_and_warns_until_it_is_changed(with_reply, qtbot):
    pane = with_reply
    text, notice = pane.reply_box.text, pane.assist.replying.notice
    qtbot.keyClicks(text, "Hello Alice,")
    click(qtbot, card_of(pane).reply_button)
    settle(pane)
    assert text.toPlainText() == "Hello Alice,\nPlease reconnect."
    assert "AI draft, check before sending" in words(notice)
    assert REPLY.cautions[0] in words(notice)
    assert triage_of(pane).choices[-1].reply_used
    assert triage_of(pane).choices[-1].shown_origins == (REPLY.origin,)
    with qtbot.waitSignal(pane.articles.article_wanted) as wanted:
        click(qtbot, button(notice, "KB-12"))
    assert wanted.args == [12]
    qtbot.keyClicks(text, "!")
    assert notice.isHidden(), "a person has gone over it"


def test_inserting_can_be_undone_and_nothing_is_sent_by_itself(with_reply, qtbot):
    pane = with_reply
    qtbot.keyClicks(pane.reply_box.text, "Mine")
    click(qtbot, card_of(pane).reply_button)
    settle(pane)
    click(qtbot, button(pane.assist.replying.notice, "Undo"))
    assert pane.reply_box.text.toPlainText() == "Mine"
    assert pane.assist.replying.notice.isHidden()
    assert shown(pane).comments == ()


def test_the_warning_comes_back_with_the_ticket(with_reply, sign_in, qtbot):
    pane = with_reply
    click(qtbot, card_of(pane).reply_button)
    settle(pane)
    other = sign_in("alice").tickets.open(NewTicket(subject="Another"))
    pane.open(other.id)
    settle(pane)
    assert pane.assist.replying.notice.isHidden()
    pane.open(shown(pane).id - 1)
    settle(pane)
    assert not pane.assist.replying.notice.isHidden()
    click(qtbot, pane.reply_box.send_button)
    settle(pane)
    assert pane.assist.replying.notice.isHidden()


# --- what else is like it -----------------------------------------------------------------------


def test_similar_ones_and_perhaps_the_same_stand_beside_the_ticket(assisted, ticket, qtbot):
    def make(found: TicketView) -> TicketSuggestion:
        more = {"similar": (similar(12), similar(45)), "duplicates": (similar(45),)}
        return suggestion(found, **more)

    pane = assisted("bob", ticket, make)
    section = pane.assist.similar
    assert words(section).split("\n") == ["Perhaps the same", "Similar tickets"]
    links = [x for x in section.findChildren(QPushButton) if x.isVisibleTo(section)]
    assert [x.accessibleName() for x in links] == ["HD-45 VPN drops", "HD-12 VPN drops"]
    with qtbot.waitSignal(pane.articles.ticket_wanted) as wanted:
        links[1].click()
    assert wanted.args == [12]


def test_many_at_once_become_an_incident_after_a_question(assisted, ticket, qtbot):
    found = incident(similar(31), similar(32, "No VPN in Lyon"))
    pane = assisted("bob", ticket, lambda seen: suggestion(seen, incident=found))
    banner = pane.assist.incident
    assert "7 tickets like this in 40 minutes by 5 people" in words(banner)
    click(qtbot, banner.show_button)
    assert button(banner, "HD-32 No VPN in Lyon").isVisible()
    click(qtbot, banner.make_button)
    assert shown(pane).priority is Priority.MEDIUM
    click(qtbot, questions(pane)[0].agree_button)
    settle(pane)
    now = shown(pane)
    assert now.priority is Priority.URGENT
    [note] = now.comments
    assert note.internal
    assert "HD-32 No VPN in Lyon" in note.body
    assert banner.make_button.isHidden(), "it is made once"


def test_one_minute_is_one():
    found = incident(similar(31)).model_copy(update={"minutes": 1, "requesters": 1})
    assert sentence(found) == "7 tickets like this in 1 minute by 1 person"


# --- by keyboard --------------------------------------------------------------------------------


def test_a_full_stop_accepts_but_not_while_somebody_types(seated, ticket, everything, qtbot):
    seat = seated("bob")
    seat.desktop.desk.triage = ScriptedTriage(seat.desktop.desk, everything)
    window = MainWindow(seat.desktop)
    seat.show(window, 1400, 900)
    tab = window.open_tab("manage")
    assert isinstance(tab, TicketListTab)
    seat.settle()
    tab.focus_first()
    qtbot.waitUntil(lambda: not tab.pane.assist.card.isHidden())
    tab.pane.reply()
    qtbot.keyClicks(tab.pane.reply_box.text, ".")
    assert shown(tab.pane).category is None
    tab.pane.reply_box.text.clear()
    tab.focus_first()
    qtbot.keyClicks(window.focusWidget(), ".")
    seat.settle()
    assert category_of(tab.pane) == "Network"
    assert {".", "D", "X"} <= {key.key for key in KEYS}


def test_requesters_see_nothing_of_it(assisted, ticket, everything):
    pane = assisted("alice", ticket, everything, working=False)
    assert card_of(pane).isHidden()
    assert pane.assist.replying.tools.isHidden()


def test_every_control_of_the_card_has_a_name(assisted, ticket, everything, qtbot):
    pane = assisted("bob", ticket, everything)
    click(qtbot, card_of(pane).why_button)
    buttons = [x for x in card_of(pane).findChildren(QPushButton) if x.isVisible()]
    assert all(x.accessibleName() or x.text() for x in buttons)
    assert all(x.focusPolicy() & Qt.TabFocus for x in buttons)
