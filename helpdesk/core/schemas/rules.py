# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules: what the desk does by itself. When something happens, if it is so, then do that.

Escalation steps are rules that are set off before or after the due time of a clock.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from helpdesk.core.schemas.base import Id, Labelled, Request, Result
from helpdesk.core.schemas.clocks import ClockKind
from helpdesk.core.schemas.sla import LONGEST_MINUTES, Name
from helpdesk.core.schemas.tickets import ChosenIds
from helpdesk.core.text import Line, one_line

MOST_CONDITIONS, MOST_ACTIONS = 20, 10
DRY_RUN_TICKETS = 1_000
MESSAGE_LIMIT = 2_000


class Trigger(Labelled):
    """What sets a rule off."""

    CREATED = "created"
    CHANGED = "changed"
    DUE = "due"
    """A moment before or after the due time of a clock: an escalation step."""
    TIME = "time"
    """Looked at again and again while a ticket is open; fires once until people change it."""


class Fact(Labelled):
    """What of a ticket a condition asks."""

    STATUS = "status"
    PRIORITY = "priority"
    CATEGORY = "category"
    TEAM = "team"
    ASSIGNEE = "assignee"
    REQUESTER = "requester"
    SOURCE = "source"
    SUBJECT = "subject"
    TEXT = "text"
    """Subject or description."""
    CHANGED_FIELD = "changed_field"
    """Which field was changed: status, priority, category, team, assignee, comment."""
    CHANGED_BY = "changed_by"
    """'requester', 'staff' or 'rule'."""
    HOURS_OPEN = "hours_open"
    HOURS_UNCHANGED = "hours_unchanged"
    HOURS_IN_STATUS = "hours_in_status"
    REPLIES = "replies"
    REOPENED = "reopened"
    """How often it was reopened."""
    ESCALATION_LEVEL = "escalation_level"


class Operator(Labelled):
    """How a condition compares."""

    IS = "is"
    """Is one of the values."""
    IS_NOT = "is_not"
    IS_EMPTY = "is_empty"
    CONTAINS = "contains"
    """Contains one of the values, in any case."""
    CONTAINS_NOT = "contains_not"
    AT_LEAST = "at_least"
    LESS_THAN = "less_than"


class Condition(Request):
    """One comparison. ``values`` are codes, ids or numbers as text, such as 'urgent' or '12'."""

    fact: Fact
    operator: Operator
    values: Annotated[
        tuple[Annotated[Line, StringConstraints(max_length=200)], ...], Field(max_length=50)
    ] = ()


class ActionKind(Labelled):
    """What a rule can do."""

    NOTIFY = "notify"
    SET_PRIORITY = "set_priority"
    RAISE_PRIORITY = "raise_priority"
    SET_STATUS = "set_status"
    SET_CATEGORY = "set_category"
    SET_TEAM = "set_team"
    ASSIGN_PERSON = "assign_person"
    ASSIGN_BY_WORKLOAD = "assign_by_workload"
    ASSIGN_IN_TURN = "assign_in_turn"
    ADD_NOTE = "add_note"
    """An internal note."""
    POST = "post"
    """A message into a chat channel."""


class Audience(Labelled):
    """Who is told by a rule."""

    ASSIGNEE = "assignee"
    TEAM = "team"
    MANAGERS = "managers"
    ADMINS = "admins"
    REQUESTER = "requester"


class Action(Request):
    """One thing to do; which fields count depends on ``kind``.

    ``target_id`` is a person, team, category or chat channel. For assignments by workload or in
    turn it is the team to choose from; without one, the ticket's own team, else all technicians.
    ``value`` is a code such as a priority or a status.
    """

    kind: ActionKind
    value: Annotated[str, one_line(50), StringConstraints(max_length=50)] = ""
    target_id: Id | None = None
    audiences: Annotated[tuple[Audience, ...], Field(max_length=5)] = ()
    person_ids: ChosenIds = ()
    text: Annotated[str, StringConstraints(max_length=MESSAGE_LIMIT)] = ""
    urgent: bool = False
    """Of a notification: it breaks through quiet hours and stays until it is seen."""


class RuleSettings(Request):
    """A rule. All of ``conditions`` must hold, and one of ``any_conditions`` if there are any.

    For ``Trigger.DUE``, ``offset_minutes`` counts from the due time of a clock of ``clocks``:
    -30 is half an hour before, 0 when it is missed, 60 an hour later, in plain time.
    """

    name: Name
    active: bool = True
    trigger: Trigger
    clocks: Annotated[tuple[ClockKind, ...], Field(max_length=3)] = ()
    offset_minutes: Annotated[int, Field(ge=-LONGEST_MINUTES, le=LONGEST_MINUTES)] = 0
    conditions: Annotated[tuple[Condition, ...], Field(max_length=MOST_CONDITIONS)] = ()
    any_conditions: Annotated[tuple[Condition, ...], Field(max_length=MOST_CONDITIONS)] = ()
    actions: Annotated[tuple[Action, ...], Field(min_length=1, max_length=MOST_ACTIONS)]

    @model_validator(mode="after")
    def _fits_its_trigger(self) -> RuleSettings:
        if (self.trigger is Trigger.DUE) != bool(self.clocks):
            raise ValueError("Name the clocks of an escalation step, and only of that.")
        return self


class RuleChange(RuleSettings):
    """The new settings of a rule, whole."""

    version: int


class RuleOrder(Request):
    """The ids of all rules in the order in which they are tried."""

    rule_ids: ChosenIds


class RuleView(Result):
    """A rule as it is in force, in words too."""

    id: int
    name: str
    position: int
    active: bool
    settings: RuleSettings
    words: str
    """When, if, then as one sentence."""
    problem: str
    """Why it cannot work at present, such as a technician it names who has left; or empty."""
    fired: int
    last_fired_at: datetime | None
    version: int


class Checked(Result):
    """A condition, what the ticket had, and whether it held."""

    words: str
    found: str
    held: bool


class Done(Result):
    """What a rule did, or would do, and why so: 'Assigned to Bob: 3 open tickets, the fewest'."""

    kind: ActionKind
    words: str
    failed: bool = False


class RunOutcome(Labelled):
    """How the trial of a rule on a ticket ended."""

    FIRED = "fired"
    NOT_MATCHED = "not_matched"
    STOPPED = "stopped"
    """The loop guard ended it."""
    FAILED = "failed"


class RuleRun(Result):
    """What a rule made of a ticket, condition by condition."""

    id: int
    rule_id: int
    rule: str
    ticket_id: int
    number: str
    subject: str
    at: datetime
    outcome: RunOutcome
    trigger: str
    """What set it off, in words: 'Resolution due in 30 minutes', 'Priority was changed'."""
    checked: tuple[Checked, ...]
    done: tuple[Done, ...]


class RunQuery(Request):
    """Which runs to list, newest first."""

    rule_id: Id | None = None
    ticket_id: Id | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    before_id: Id | None = None


class RunPage(Result):
    """Some runs, newest first, and whether there are more."""

    items: tuple[RuleRun, ...]
    has_more: bool


class DryRunAsk(Request):
    """A rule to try on the newest tickets; nothing is changed and nobody is told."""

    rule: RuleSettings
    rule_id: Id | None = None
    tickets: Annotated[int, Field(ge=1, le=DRY_RUN_TICKETS)] = DRY_RUN_TICKETS


class DryRun(Result):
    """What a rule would have done: the newest tickets that matched, and some that did not."""

    tickets: int
    would_fire: int
    runs: tuple[RuleRun, ...]
    not_matched: tuple[RuleRun, ...]


class RuleChoice(Result):
    """Something that a condition or an action can name."""

    value: str
    label: str


class RuleChoices(Result):
    """What conditions and actions can name on this desk."""

    categories: tuple[RuleChoice, ...]
    teams: tuple[RuleChoice, ...]
    staff: tuple[RuleChoice, ...]
    channels: tuple[RuleChoice, ...]
