# SPDX-License-Identifier: GPL-3.0-or-later
"""What the desk suggests from its history, who is told what, and what it learns by the answers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.errors import Conflict, Forbidden, Invalid
from helpdesk.core.schemas.assistant import CallsQuery
from helpdesk.core.schemas.sla import CalendarSettings, PolicySettings, Slot, Target
from helpdesk.core.schemas.tickets import (
    Assignment,
    NewComment,
    NewTicket,
    Priority,
    Source,
    Status,
    TicketChange,
    TicketView,
)
from helpdesk.core.schemas.triage import (
    Origin,
    Suggested,
    SuggestedField,
    SuggestionChoice,
    TicketDraft,
)
from helpdesk.core.schemas.users import Leaving
from helpdesk.models import TriageOutcome
from helpdesk.services.catching_up import learn_waiting
from tests.conftest import SettableClock
from tests.contract.desks import opened, person, statements
from tests.matrix import LOCAL_POSTGRESQL, LOCAL_SQLITE
from tests.unit.services.learning_desks import BOB, FRANK, SOLVED, category, fill, taught

pytestmark = pytest.mark.desk_kinds(LOCAL_SQLITE, LOCAL_POSTGRESQL)

VPN = "The vpn tunnel drops and wifi roaming is slow"
CATEGORY, PRIORITY, ASSIGNEE, REPLY = SuggestedField
_words = (f"zorb{number} quux{number} fnord{number}" for number in count(1))


class Learnt:
    """A desk that has learnt, with people signed in."""

    def __init__(self, embedded: EmbeddedDesk, clock: SettableClock) -> None:
        self.embedded, self.clock = embedded, clock
        taught(embedded.database, clock())

    def __getattr__(self, username: str) -> HelpDesk:
        """Return the facade of somebody; hours pass here, so that sessions end soon."""
        return person(self.embedded, username)

    def new(self, subject: str = VPN, by: HelpDesk | None = None) -> TicketView:
        """Open a ticket long after all others."""
        self.clock.forward(hours=3)
        return (by or self.alice).tickets.open(NewTicket(subject=subject))

    def suggested(self, ticket: TicketView) -> dict[SuggestedField, Suggested]:
        return {each.field: each for each in self.bob.triage.for_ticket(ticket.id).fields}

    def solved_as(self, subject: str, name: str) -> TicketView:
        """Let bob file a new ticket somewhere, and solve it."""
        ticket = self.new(subject)
        change = TicketChange(category_id=category(name), version=ticket.version)
        ticket = self.bob.tickets.change(ticket.id, change)
        solved = TicketChange(status=Status.RESOLVED, version=ticket.version)
        return self.bob.tickets.change(ticket.id, solved)

    def outcomes(self, ticket: TicketView) -> list[TriageOutcome]:
        with self.embedded.database.reading() as session:
            of_ticket = select(TriageOutcome).where(TriageOutcome.ticket_id == ticket.id)
            return list(session.execute(of_ticket.order_by(TriageOutcome.id)).scalars())


@pytest.fixture(scope="module")
def desk(
    tmp_path_factory: pytest.TempPathFactory, template: Path, desk_kind: str
) -> Iterator[Learnt]:
    clock = SettableClock()
    with opened(tmp_path_factory.mktemp("triage"), template, clock, desk_kind) as embedded:
        yield Learnt(embedded, clock)


def test_a_new_ticket_gets_what_tickets_like_it_got(desk: Learnt):
    ticket = desk.new()
    found = desk.suggested(ticket)
    assert found[CATEGORY].label == "Network"
    assert found[CATEGORY].value == str(category("Network"))
    assert found[CATEGORY].origin is Origin.HISTORY
    assert found[CATEGORY].confidence > 90
    assert found[ASSIGNEE].value == str(BOB)


def test_tickets_and_shared_words_speak_for_it(desk: Learnt):
    speaking = desk.suggested(desk.new())[CATEGORY]
    assert {each.category for each in speaking.tickets} == {"Network"}
    assert set(speaking.words) <= set(VPN.lower().split())
    assert speaking.tickets[0].number in speaking.reason
    assert speaking.words[0] in speaking.reason


def test_what_is_set_already_is_not_suggested_again(desk: Learnt):
    ticket = desk.new()
    filed = TicketChange(category_id=category("Network"), version=ticket.version)
    ticket = desk.bob.tickets.change(ticket.id, filed)
    ticket = desk.bob.tickets.take(ticket.id, ticket.version)
    suggestion = desk.bob.triage.for_ticket(ticket.id)
    assert {each.field for each in suggestion.fields}.isdisjoint({CATEGORY, ASSIGNEE})
    assert suggestion.version == ticket.version


def test_words_that_nobody_wrote_before_are_met_with_silence(desk: Learnt):
    suggestion = desk.bob.triage.for_ticket(desk.new(next(_words)).id)
    assert CATEGORY not in {each.field for each in suggestion.fields}
    assert suggestion.similar == ()


def test_a_solved_ticket_needs_no_suggestion(desk: Learnt):
    solved = desk.solved_as(VPN, "Network")
    suggestion = desk.bob.triage.for_ticket(solved.id)
    assert suggestion.fields == ()
    assert suggestion.silent_because == f"{solved.number} is Resolved."


def test_a_requester_is_told_labels_and_own_tickets_alone(desk: Learnt):
    draft = TicketDraft(subject=VPN, priority=Priority.HIGH)
    found = desk.alice.triage.for_draft(draft)
    assert found.category is not None
    assert found.category.label == "Network"
    assert (found.category.tickets, found.category.words) == ((), ())
    assert "HD-" not in found.category.reason
    assert found.own_similar != ()
    for each in found.own_similar:
        assert desk.alice.tickets.view(each.id).requester.full_name == "Alice Moreau"
    assert found.usual_minutes == 30
    due = desk.embedded.settings.targets.first_response_hours[Priority.HIGH]
    assert found.due == desk.clock() + timedelta(hours=due)


def test_an_answer_is_promised_by_the_policy_that_will_measure_the_ticket(desk: Learnt):
    """By its hours, for its category, and not at all where nothing is measured."""
    dana = person(desk.embedded, "dana")
    calendar = dana.calendars.add(
        CalendarSettings(
            name="Mornings",
            time_zone="UTC",
            slots=tuple(Slot(day=day, begin=8 * 60, end=9 * 60) for day in range(7)),
        )
    )
    measured = Target(priority=Priority.HIGH, first_response=60)
    targets = (measured, Target(priority=Priority.LOW))
    policy = PolicySettings(
        name="Mornings", calendar_id=calendar.id, targets=targets, category_ids=(1,)
    )
    added = dana.policies.add(policy)
    now = desk.clock()
    begins = now.replace(hour=8, minute=0, second=0, microsecond=0)
    begins += timedelta(days=now > begins)
    draft = TicketDraft(subject=VPN, priority=Priority.HIGH, category_id=1)
    promised = desk.alice.triage.for_draft(draft).due
    assert promised == begins + timedelta(hours=1)
    low = draft.model_copy(update={"priority": Priority.LOW})
    assert desk.alice.triage.for_draft(low).due is None
    dana.policies.remove(added.id)


def test_a_draft_without_words_gets_nothing(desk: Learnt):
    found = desk.alice.triage.for_draft(TicketDraft())
    assert (found.category, found.priority, found.own_similar) == (None, None, ())


def test_similar_tickets_are_those_one_may_see(desk: Learnt):
    desk.new(by=desk.erin)
    ticket = desk.new(by=desk.erin)
    hers = desk.erin.triage.similar(ticket.id)
    assert hers != ()
    for each in hers:
        assert desk.erin.tickets.view(each.id).requester.full_name == "Erin Sato"
    everybodys = desk.bob.triage.similar(ticket.id)
    owners = {desk.bob.tickets.view(each.id).requester.full_name for each in everybodys}
    assert "Alice Moreau" in owners
    assert [each.likeness for each in everybodys] == sorted(
        (each.likeness for each in everybodys), reverse=True
    )


def test_a_correction_changes_the_next_suggestion(desk: Learnt):
    words = next(_words)
    first = desk.solved_as(words, "Hardware")
    assert desk.suggested(desk.new(words))[CATEGORY].label == "Hardware"
    first = desk.bob.tickets.view(first.id)
    moved = TicketChange(category_id=category("Software"), version=first.version)
    desk.bob.tickets.change(first.id, moved)
    assert desk.suggested(desk.new(words))[CATEGORY].label == "Software"


def test_a_requester_teaches_the_desk_nothing(desk: Learnt):
    words, other = "Printer toner jams in the tray", category("Other")
    learnt = desk.dana.triage.state().learnt_tickets
    for requester in (desk.alice, desk.bob):
        for _ in range(8):
            urgent = NewTicket(subject=words, category_id=other, priority=Priority.URGENT)
            ticket = requester.tickets.open(urgent)
            requester.tickets.close(ticket.id, ticket.version)
    learn_waiting(desk.embedded.database, desk.clock())
    assert desk.dana.triage.state().learnt_tickets == learnt
    assert desk.dana.triage.state().waiting_tickets == 0
    found = desk.erin.triage.for_draft(TicketDraft(subject=words)).category
    assert found is not None
    assert found.label == "Printing"
    assert "Other" not in {each.label for each in found.alternatives}


def test_staff_who_close_a_ticket_vouch_for_what_it_is_about(desk: Learnt):
    learnt = desk.dana.triage.state().learnt_tickets
    foreign, own = desk.new(next(_words)), desk.new(next(_words), by=desk.bob)
    desk.bob.tickets.close(foreign.id, foreign.version)
    assert desk.dana.triage.state().learnt_tickets == learnt + 1
    own = desk.bob.tickets.take(own.id, own.version)
    desk.bob.tickets.close(own.id, own.version)
    assert desk.dana.triage.state().learnt_tickets == learnt + 2


def test_nobody_passes_a_ticket_off_as_imported(desk: Learnt):
    with pytest.raises(Invalid, match="Only an import"):
        desk.alice.tickets.open(NewTicket(subject=VPN, source=Source.IMPORT))


def test_a_choice_is_applied_and_remembered(desk: Learnt):
    ticket = desk.new()
    found = desk.suggested(ticket)
    choice = SuggestionChoice(
        version=ticket.version,
        fields=(CATEGORY, PRIORITY, ASSIGNEE),
        values=(found[CATEGORY].value, "high", str(BOB)),
        origins=(Origin.HISTORY, Origin.MODEL, Origin.BOTH),
        shown=(CATEGORY,),
        shown_values=(found[CATEGORY].value,),
        shown_origins=(Origin.HISTORY,),
        shown_confidences=(found[CATEGORY].confidence,),
    )
    view = desk.bob.triage.choose(ticket.id, choice)
    assert view.category is not None
    assert view.assignee is not None
    assert (view.category.name, view.priority) == ("Network", Priority.HIGH)
    assert (view.assignee.id, view.status) == (BOB, Status.OPEN)
    assert {"category", "priority", "assignee"} <= {each.field for each in view.events}
    kept = [(each.field, each.value, each.origin, each.answer) for each in desk.outcomes(ticket)]
    assert kept == [
        ("category", found[CATEGORY].value, "history", "accepted"),
        ("priority", "high", "model", "accepted"),
        ("assignee", str(BOB), "both", "accepted"),
    ]
    assert desk.outcomes(ticket)[0].confidence == found[CATEGORY].confidence


def shown(version: int, **more: Any) -> SuggestionChoice:
    """Return a choice by somebody who saw three fields and a reply."""
    seen: dict[str, Any] = {
        "shown": (CATEGORY, PRIORITY, ASSIGNEE, REPLY),
        "shown_values": (str(category("Network")), "high", str(FRANK), ""),
        "shown_origins": (Origin.BOTH, Origin.MODEL, Origin.HISTORY, Origin.ARTICLES),
        "shown_confidences": (95, 40, 71, None),
    }
    return SuggestionChoice(version=version, **(seen | more))


def answers(desk: Learnt, ticket: TicketView) -> dict[str, tuple[str, str | None]]:
    found = desk.outcomes(ticket)
    assert len({each.field for each in found}) == len(found), "each counts once"
    return {each.field: (each.origin, each.answer) for each in found}


def test_every_field_that_was_shown_counts_once_taken_or_not(desk: Learnt):
    ticket = desk.new()
    network = {"fields": (CATEGORY,), "values": (str(category("Network")),)}
    view = desk.bob.triage.choose(ticket.id, shown(ticket.version, **network))
    assert answers(desk, ticket) == {
        "category": ("both", "accepted"),
        "priority": ("model", "left"),
        "assignee": ("history", "left"),
        "reply": ("articles", "left"),
    }
    assert [each.confidence for each in desk.outcomes(ticket)] == [95, 40, 71, None]
    desk.bob.triage.choose(ticket.id, shown(view.version, reply_used=True))
    assert answers(desk, ticket)["reply"] == ("articles", "accepted")
    desk.bob.triage.choose(ticket.id, shown(view.version))
    assert answers(desk, ticket) == {
        "category": ("both", "accepted"),
        "priority": ("model", "dismissed"),
        "assignee": ("history", "dismissed"),
        "reply": ("articles", "accepted"),
    }
    assert desk.bob.triage.for_ticket(ticket.id).dismissed


def test_what_the_model_suggested_is_dismissed_as_that(desk: Learnt):
    ticket = desk.new(next(_words))
    desk.bob.triage.choose(ticket.id, shown(ticket.version))
    assert set(answers(desk, ticket).values()) == {
        (origin, "dismissed") for origin in ("both", "model", "history", "articles")
    }


def test_figures_tell_what_was_shown_taken_and_done_otherwise(desk: Learnt):
    def figures() -> dict[tuple[str, Origin], tuple[int, int, int]]:
        found = desk.dana.assistant.figures(CallsQuery(days=1)).acceptance
        return {(x.field, x.origin): (x.shown, x.accepted, x.changed) for x in found}

    desk.clock.forward(days=2)
    ticket = desk.new()
    network = {"fields": (CATEGORY,), "values": (str(category("Network")),)}
    view = desk.bob.triage.choose(ticket.id, shown(ticket.version, **network))
    desk.bob.tickets.change(ticket.id, TicketChange(priority=Priority.LOW, version=view.version))
    assert figures() == {
        ("category", Origin.BOTH): (1, 1, 0),
        ("priority", Origin.MODEL): (1, 0, 1),
        ("assignee", Origin.HISTORY): (1, 0, 0),
        ("reply", Origin.ARTICLES): (1, 0, 0),
    }


def test_a_choice_reads_no_suggestion_while_others_wait_to_write(desk: Learnt):
    ticket = desk.new()
    with statements() as sent:
        desk.bob.triage.choose(ticket.id, shown(ticket.version))
    read = "\n".join(sent)
    assert "triage_outcome" in read
    assert "triage_term" not in read
    assert "triage_fit" not in read


def test_what_turns_out_wrong_is_noted_when_the_ticket_is_solved(desk: Learnt):
    ticket = desk.new()
    choice = SuggestionChoice(
        version=ticket.version, fields=(CATEGORY,), values=(str(category("Network")),)
    )
    view = desk.bob.triage.choose(ticket.id, choice)
    moved = TicketChange(category_id=category("Phones"), version=view.version)
    view = desk.bob.tickets.change(ticket.id, moved)
    desk.bob.tickets.comment(ticket.id, NewComment(body="Done.", status=Status.RESOLVED))
    (outcome,) = desk.outcomes(view)
    assert (outcome.answer, outcome.confirmed) == ("changed", str(category("Phones")))


def test_a_technician_gives_a_ticket_to_nobody_else(desk: Learnt):
    ticket = desk.new()
    choice = SuggestionChoice(
        version=ticket.version,
        fields=(CATEGORY, ASSIGNEE),
        values=(str(category("Network")), str(FRANK)),
    )
    with pytest.raises(Forbidden, match="a manager can assign it"):
        desk.bob.triage.choose(ticket.id, choice)
    assert desk.bob.tickets.view(ticket.id).category is None
    assert desk.outcomes(ticket) == []
    view = desk.charlie.triage.choose(ticket.id, choice)
    assert view.assignee is not None
    assert view.assignee.id == FRANK


def test_a_choice_of_what_has_changed_since_is_a_conflict(desk: Learnt):
    ticket = desk.new()
    desk.charlie.tickets.assign(ticket.id, Assignment(assignee_id=BOB, version=ticket.version))
    choice = SuggestionChoice(version=ticket.version, fields=(PRIORITY,), values=("low",))
    with pytest.raises(Conflict):
        desk.bob.triage.choose(ticket.id, choice)


@pytest.mark.parametrize(
    ("fields", "values"),
    [
        ((CATEGORY,), ()),
        ((CATEGORY, CATEGORY), ("1", "2")),
        ((CATEGORY,), ("Network",)),
        ((CATEGORY,), ("999",)),
        ((ASSIGNEE,), ("-1",)),
        ((PRIORITY,), ("critical",)),
        ((CATEGORY,), ("",)),
    ],
)
def test_a_choice_of_what_is_none_is_invalid(
    desk: Learnt, fields: tuple[SuggestedField, ...], values: tuple[str, ...]
):
    ticket = desk.new()
    choice = SuggestionChoice(version=ticket.version, fields=fields, values=values)
    with pytest.raises(Invalid):
        desk.bob.triage.choose(ticket.id, choice)
    assert desk.outcomes(ticket) == []


@pytest.mark.parametrize(
    "seen",
    [
        {"shown": (CATEGORY, CATEGORY)},
        {"shown_origins": (Origin.MODEL,)},
        {"shown_values": ("Network", "high", "1", "")},
    ],
)
def test_what_cannot_have_been_shown_is_invalid(desk: Learnt, seen: dict[str, Any]):
    ticket = desk.new()
    with pytest.raises(Invalid):
        desk.bob.triage.choose(ticket.id, shown(ticket.version, **seen))
    assert desk.outcomes(ticket) == []


def test_what_is_dismissed_stays_so_until_the_ticket_changes(desk: Learnt):
    ticket = desk.new()
    view = desk.bob.triage.choose(ticket.id, SuggestionChoice(version=ticket.version))
    assert view.version == ticket.version
    dismissed = desk.charlie.triage.for_ticket(ticket.id)
    assert (dismissed.dismissed, dismissed.fields) == (True, ())
    assert {each.answer for each in desk.outcomes(ticket)} == {"dismissed"}
    desk.alice.tickets.comment(ticket.id, NewComment(body="It is worse now."))
    again = desk.bob.triage.for_ticket(ticket.id)
    assert not again.dismissed
    assert again.fields != ()


def test_open_tickets_that_say_the_same_may_be_duplicates(desk: Learnt):
    words = next(_words)
    first, second = desk.new(words), desk.new(words, by=desk.erin)
    found = desk.bob.triage.for_ticket(second.id)
    assert [each.id for each in found.duplicates] == [first.id]
    desk.bob.tickets.close(first.id, first.version)
    assert desk.bob.triage.for_ticket(second.id).duplicates == ()


def test_many_alike_within_an_hour_may_be_one_incident(desk: Learnt):
    words = next(_words)
    desk.clock.forward(hours=5)
    people = (desk.alice, desk.erin, desk.alice, desk.charlie, desk.alice)
    for minutes, somebody in enumerate(people):
        desk.clock.forward(minutes=minutes)
        ticket = somebody.tickets.open(NewTicket(subject=f"{words} number {minutes}"))
        incident = desk.bob.triage.for_ticket(ticket.id).incident
        assert (incident is not None) == (minutes == len(people) - 1)
    assert incident is not None
    assert (incident.count, incident.minutes, incident.requesters) == (5, 10, 3)
    assert set(incident.words) & set(words.split())


def test_many_by_one_person_are_no_incident(desk: Learnt):
    words = next(_words)
    desk.clock.forward(hours=5)
    for _ in range(6):
        ticket = desk.alice.tickets.open(NewTicket(subject=words))
    assert desk.bob.triage.for_ticket(ticket.id).incident is None


def test_who_left_is_not_suggested(desk: Learnt):
    frank = desk.dana.users.view(FRANK)
    ticket = desk.new("Outlook mailbox archive and calendar invite")
    assert desk.suggested(ticket)[ASSIGNEE].value == str(FRANK)
    frank = desk.dana.users.deactivate(FRANK, Leaving(version=frank.version))
    given = desk.suggested(ticket).get(ASSIGNEE)
    assert given is None or given.value != str(FRANK)
    desk.dana.users.reactivate(FRANK, frank.version)


def test_admins_see_what_is_learnt(desk: Learnt):
    state = desk.dana.triage.state()
    assert state.learnt_tickets >= SOLVED
    assert state.waiting_tickets == 0
    assert {each.field.value: each.percent for each in state.thresholds}["category"] >= 50
    assert state.fitted_at is not None


def test_under_a_hundred_solved_tickets_nothing_is_suggested(
    tmp_path: Path, template: Path, desk_kind: str
):
    clock = SettableClock()
    with opened(tmp_path, template, clock, desk_kind) as embedded:
        taught(embedded.database, clock(), count=99)
        bob = person(embedded, "bob")
        ticket = bob.tickets.open(NewTicket(subject=VPN))
        suggestion = bob.triage.for_ticket(ticket.id)
        assert suggestion.fields == ()
        assert suggestion.silent_because.startswith("The desk has learnt from 99 solved tickets")
        assert suggestion.similar != ()
        assert bob.triage.for_draft(TicketDraft(subject=VPN)).category is None


def test_what_nobody_has_measured_is_not_suggested(tmp_path: Path, template: Path, desk_kind: str):
    clock = SettableClock()
    with opened(tmp_path, template, clock, desk_kind) as embedded:
        fill(embedded.database, clock())
        bob, dana = person(embedded, "bob"), person(embedded, "dana")
        assert dana.triage.state().waiting_tickets == SOLVED
        ticket = bob.tickets.open(NewTicket(subject=VPN))
        assert "learnt from 0 solved tickets" in bob.triage.for_ticket(ticket.id).silent_because
