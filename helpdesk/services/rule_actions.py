# SPDX-License-Identifier: GPL-3.0-or-later
"""Does what a rule says to a ticket, and tells in words what it did and why so."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from helpdesk.core.errors import Invalid
from helpdesk.core.schemas.notifications import Happening
from helpdesk.core.schemas.rules import Action, ActionKind, Audience, Done, Trigger
from helpdesk.core.schemas.tickets import NewComment, Priority, Status
from helpdesk.core.schemas.users import Role
from helpdesk.database.types import NEVER
from helpdesk.models import SlaClock, Ticket
from helpdesk.repositories.rules import Firing
from helpdesk.repositories.teams import Person
from helpdesk.rules.choosing import Candidate, Choice, by_workload, in_turn, least_busy
from helpdesk.rules.phrases import people_told
from helpdesk.rules.templates import filled
from helpdesk.services.notifying import Notifying
from helpdesk.services.teams import working_calendars
from helpdesk.services.ticket_changes import Happened, TicketChanges
from helpdesk.services.work import Work

_RANKS = tuple(Priority)
_ALL_TECHNICIANS = "the technicians"
_OF_ROLE = {Audience.MANAGERS: Role.MANAGER, Audience.ADMINS: Role.ADMIN}
TELLING = frozenset({ActionKind.NOTIFY, ActionKind.POST, ActionKind.ADD_NOTE})
"""What changes no field of a ticket."""
_LEFT_OUT = "The ticket was left as it is, since the clock runs no more"


@dataclass(frozen=True)
class SetOff:
    """What set a rule off: something that happened, a clock, or time."""

    trigger: Trigger
    words: str
    happened: Happened | None = None
    clock: SlaClock | None = None
    offset_minutes: int = 0
    once: str | None = None
    """What may set the rule off only once."""
    due_at: datetime | None = None
    """When the clock was due; by now it may be paused, or due at another time."""
    is_over: bool = False
    """Whether people have ended or paused the clock before the rule was set off."""


class RuleActions:
    """The actions of one rule that fires on one ticket."""

    def __init__(self, work: Work, ticket: Ticket, rule: Firing, set_off: SetOff) -> None:
        """Bind to the ticket, and to the rule with what set it off."""
        self._work = work
        self._ticket = ticket
        self._rule = rule
        self._set_off = set_off

    def carry_out(self, action: Action, changes: TicketChanges) -> Done:
        """Do one thing. Raises a ``DeskError`` with a sentence where it cannot be done."""
        if self._set_off.is_over and self._would_undo(action.kind):
            return Done(kind=action.kind, words=_LEFT_OUT)
        return Done(kind=action.kind, words=self._deed(action.kind)(action, changes))

    def _would_undo(self, kind: ActionKind) -> bool:
        """Return whether a step that comes too late would undo what people did meanwhile."""
        is_open = self._ticket.status.is_open
        return kind is ActionKind.SET_STATUS if is_open else kind not in TELLING

    def _deed(self, kind: ActionKind) -> Callable[[Action, TicketChanges], str]:
        return {
            ActionKind.NOTIFY: self._notify,
            ActionKind.SET_PRIORITY: self._set_priority,
            ActionKind.RAISE_PRIORITY: self._raise_priority,
            ActionKind.SET_STATUS: self._set_status,
            ActionKind.SET_CATEGORY: self._set_category,
            ActionKind.SET_TEAM: self._set_team,
            ActionKind.ASSIGN_PERSON: self._assign_person,
            ActionKind.ASSIGN_BY_WORKLOAD: self._assign_by_workload,
            ActionKind.ASSIGN_IN_TURN: self._assign_in_turn,
            ActionKind.ADD_NOTE: self._add_note,
            ActionKind.POST: self._post,
        }[kind]

    # --- telling ------------------------------------------------------------------------------

    @property
    def _why(self) -> str:
        return f"Rule '{self._rule.name}': {self._set_off.words}"

    def _notify(self, action: Action, changes: TicketChanges) -> str:
        notifying, ticket = Notifying(self._work), self._ticket
        nobody_has_it = Audience.ASSIGNEE in action.audiences and ticket.assignee_id is None
        staff, happening = self._staff(action), self._happening(action)
        # That a ticket is urgent is said already; how it became so stands in the reason.
        otherwise = "" if happening is Happening.URGENT else self._set_off.words
        text, told = self._filled(action.text), list[str]()
        by_itself = bool(text.strip())
        if staff:
            told += notifying.tell_of(
                ticket,
                happening,
                staff,
                text=text if by_itself else otherwise,
                why=self._why,
                urgent=action.urgent,
                by_itself=by_itself,
            )
        if Audience.REQUESTER in action.audiences and ticket.requester_id not in staff:
            # Who asked hears nothing of rules: neither why, nor what they call it.
            told += notifying.tell_of(
                ticket,
                Happening.UPDATED,
                [ticket.requester_id],
                text=text if by_itself else f"Status is {ticket.status.label}",
                why="",
                by_itself=by_itself,
            )
        words = f"Told {people_told(told)}" if told else "Nobody else was there to be told"
        return f"Nobody has it: {words[0].lower()}{words[1:]}" if nobody_has_it else words

    def _staff(self, action: Action) -> list[int]:
        """Return who of the staff is told, each once."""
        desk, audiences, ticket = self._work.desk, action.audiences, self._ticket
        people: dict[int, None] = {}
        if Audience.ASSIGNEE in audiences:
            has_it = ticket.assignee_id
            instead = self._instead_of_assignee() if has_it is None else [has_it]
            people.update(dict.fromkeys(instead))
        roles = [role for audience, role in _OF_ROLE.items() if audience in audiences]
        team_id = ticket.team_id if Audience.TEAM in audiences else None
        people.update(dict.fromkeys(each.id for each in desk.people.staff(roles, team_id)))
        if action.person_ids:
            still_there = desk.teams.staff_among(action.person_ids)
            people.update(dict.fromkeys(id_ for id_ in action.person_ids if id_ in still_there))
        return list(people)

    def _instead_of_assignee(self) -> list[int]:
        """Return who is told while nobody has it: its team's managers, all of them, or admins."""
        people, team_id = self._work.desk.people, self._ticket.team_id
        if team_id is not None:
            of_team = [each.id for each in people.staff((), team_id) if each.role is Role.MANAGER]
            if of_team:
                return of_team
        managers = people.staff((Role.MANAGER,), None) or people.staff((Role.ADMIN,), None)
        return [each.id for each in managers]

    def _happening(self, action: Action) -> Happening:
        set_off = self._set_off
        if set_off.due_at is not None and set_off.offset_minutes <= 0:
            is_late = self._work.now >= set_off.due_at
            return Happening.OVERDUE if is_late else Happening.DUE_SOON
        became_urgent = (
            set_off.happened is not None
            and self._ticket.priority is Priority.URGENT
            and (set_off.happened.is_new or "priority" in set_off.happened.fields)
        )
        for_leaders = set(action.audiences) <= _OF_ROLE.keys() and not action.person_ids
        return Happening.URGENT if became_urgent and for_leaders else Happening.ESCALATED

    def _post(self, action: Action, changes: TicketChanges) -> str:
        text = self._filled(action.text) or self._set_off.words
        channel_id = action.target_id or 0
        name = Notifying(self._work).post(self._ticket, channel_id, text=text, why=self._why)
        return f"Posted to {name}"

    def _add_note(self, action: Action, changes: TicketChanges) -> str:
        author_id = self._rule.changed_by or self._work.desk.rules.first_admin()
        if author_id is None:
            raise Invalid("There is no admin in whose name the note could be written.")
        note = NewComment(body=self._filled(action.text), internal=True)
        changes.add_comment(note, author_id, by_staff=True, automatic=True)
        return "Added an internal note"

    def _filled(self, text: str) -> str:
        """Return a text with the ticket's own words in it."""
        return filled(text, self._values) if "{" in text else text

    @cached_property
    def _values(self) -> dict[str, str]:
        ticket = self._ticket
        names = self._work.desk.ticket_names.on(ticket)
        of_ticket = min(ticket.first_response_due, ticket.resolution_due)
        due = self._set_off.due_at or of_ticket
        return {
            "number": ticket.number,
            "subject": ticket.subject,
            "priority": ticket.priority.label,
            "status": ticket.status.label,
            "requester": names.requester,
            "assignee": names.assignee or "nobody",
            "due": _moment(due),
        }

    # --- fields -------------------------------------------------------------------------------

    def _set_priority(self, action: Action, changes: TicketChanges) -> str:
        return self._prioritized(Priority(action.value), changes)

    def _raise_priority(self, action: Action, changes: TicketChanges) -> str:
        higher = _RANKS.index(self._ticket.priority) + 1
        return self._prioritized(_RANKS[min(higher, len(_RANKS) - 1)], changes)

    def _prioritized(self, wanted: Priority, changes: TicketChanges) -> str:
        old = self._ticket.priority
        if old is wanted:
            return f"Priority stays {wanted.label}"
        changes.set_priority(wanted)
        return f"Priority changed from {old.label} to {wanted.label}"

    def _set_status(self, action: Action, changes: TicketChanges) -> str:
        old, wanted = self._ticket.status, Status(action.value)
        if old is wanted:
            return f"Status stays {wanted.label}"
        changes.move(wanted)
        return f"Status changed from {old.label} to {wanted.label}"

    def _set_category(self, action: Action, changes: TicketChanges) -> str:
        if action.target_id != self._ticket.category_id:
            changes.set_category(action.target_id)
        return f"Category is {self._work.desk.categories.name_of(action.target_id)}"

    def _set_team(self, action: Action, changes: TicketChanges) -> str:
        if action.target_id != self._ticket.team_id:
            changes.set_team(action.target_id)
        return f"Team is {self._work.desk.teams.name_of(action.target_id)}"

    # --- assignments --------------------------------------------------------------------------

    def _assign_person(self, action: Action, changes: TicketChanges) -> str:
        person = self._work.desk.users.get(action.target_id or 0)
        if person.id == self._ticket.assignee_id:
            return f"Stays with {person.full_name}"
        changes.assign(person.id)
        return f"Assigned to {person.full_name}"

    def _assign_by_workload(self, action: Action, changes: TicketChanges) -> str:
        name, people = self._on_duty(action)
        if not people:
            return self._stays(name)
        # Counted within the transaction: what was given to somebody just now counts.
        self._work.desk.flush()
        teams = self._work.desk.teams
        busy = teams.open_of_people([each.id for each in people])
        candidates = [Candidate(each.id, each.full_name, busy.get(each.id, 0)) for each in people]
        among = least_busy(candidates)
        newest = teams.newest_of([each.id for each in among]) if len(among) > 1 else {}
        return self._assigned(by_workload(candidates, newest), changes)

    def _assign_in_turn(self, action: Action, changes: TicketChanges) -> str:
        name, people = self._on_duty(action)
        if not people:
            return self._stays(name)
        candidates = [Candidate(each.id, each.full_name, 0) for each in people]
        choice = in_turn(candidates, self._work.desk.rules.turn_of(self._rule))
        words = self._assigned(choice, changes)
        self._work.desk.rules.note_turn(self._rule, choice.id)
        return words

    def _on_duty(self, action: Action) -> tuple[str, Sequence[Person]]:
        """Return the name of a team, or of all technicians, and who of them is on duty.

        Whoever asked works on it as little as on any other ticket of their own.
        """
        desk, now = self._work.desk, self._work.now
        team_id = action.target_id or self._ticket.team_id
        name = _ALL_TECHNICIANS
        if team_id is not None:
            name = desk.teams.choose(team_id).name
            calendar_id = desk.teams.calendar_of(team_id)
            if not working_calendars(desk, (calendar_id,), now):
                return name, ()
        present = desk.teams.present(team_id, now)
        return name, [each for each in present if each.id != self._ticket.requester_id]

    def _assigned(self, choice: Choice, changes: TicketChanges) -> str:
        if choice.id == self._ticket.assignee_id:
            return f"Stays with {choice.name}: {choice.why}"
        changes.assign(choice.id)
        return f"Assigned to {choice.name}: {choice.why}"

    def _stays(self, name: str) -> str:
        assignee_id = self._ticket.assignee_id
        where = "in the queue"
        if assignee_id is not None:
            where = f"with {self._work.desk.users.get(assignee_id).full_name}"
        return f"Nobody of {name} is on duty, so it stays {where}"


def _moment(due: datetime) -> str:
    return "no due time" if due == NEVER else f"{due:%Y-%m-%d %H:%M} UTC"
