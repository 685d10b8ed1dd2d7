# SPDX-License-Identifier: GPL-3.0-or-later
"""Plays one ticket through its plan, writing down comments and changes as it goes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from helpdesk.core.schemas.tickets import Priority, Status
from helpdesk.demo.cast import Cast
from helpdesk.demo.plans import Plan
from helpdesk.demo.problems import Problem
from helpdesk.demo.records import CATEGORIES, DemoChange, DemoComment, DemoTicket
from helpdesk.demo.timeline import Timeline
from helpdesk.demo.wording import Values, Wording

CLOSES_AFTER = timedelta(days=7)
"""A resolved ticket closes by itself when its requester says nothing for so long."""

# Plain strings and a dictionary: an enum's own look-ups would cost a tenth of the whole time.
_NEW, _OPEN, _IN_PROGRESS = Status.NEW.value, Status.OPEN.value, Status.IN_PROGRESS.value
_AWAITING, _RESOLVED = Status.AWAITING_CUSTOMER.value, Status.RESOLVED.value
_CLOSED = Status.CLOSED.value
_STATUSES = {status.value: status for status in Status}
_BEFORE = {
    Priority.LOW: Priority.MEDIUM.value,
    Priority.MEDIUM: Priority.LOW.value,
    Priority.HIGH: Priority.MEDIUM.value,
    Priority.URGENT: Priority.HIGH.value,
}


class Stage:
    """What all cases share: people, time, words and chance."""

    def __init__(
        self, cast: Cast, timeline: Timeline, wording: Wording, random: Callable[[], float]
    ) -> None:
        self.cast = cast
        self.timeline = timeline
        self.wording = wording
        self.random = random

    def one_of(self, people: list[int]) -> int:
        """Draw one of ``people``."""
        return people[int(self.random() * len(people))]

    def local_people(self, hour: int) -> list[int]:
        """Draw a site that writes at ``hour``, UTC, and return the table of its requesters."""
        tables = self.cast.requesters[hour]
        return tables[int(self.random() * len(tables))]


class Case:
    """A ticket on its way; every step is told its moment."""

    __slots__ = (
        "assignee",
        "changes",
        "closed_at",
        "comments",
        "created_at",
        "description",
        "owner",
        "phrases",
        "priority",
        "problem",
        "requester",
        "resolved_at",
        "source",
        "stage",
        "status",
        "subject",
        "values",
    )

    def __init__(
        self,
        stage: Stage,
        problem: Problem,
        requester: int,
        owner: int,
        priority: Priority,
        created_at: datetime,
    ) -> None:
        """``owner`` is the technician who will work on it, once it is assigned."""
        self.stage = stage
        self.problem = problem
        self.phrases = stage.wording.phrases(problem)
        self.requester = requester
        self.owner = owner
        self.priority = priority
        self.created_at = created_at
        self.assignee: int | None = None
        self.status = _NEW
        self.resolved_at: datetime | None = None
        self.closed_at: datetime | None = None
        self.comments: list[DemoComment] = []
        self.changes: list[DemoChange] = []

    def submit(self, values: Values, subject: str, description: str, source: str) -> None:
        """Set what the requester wrote, and the values that fill all that follows."""
        values["agent"] = self.stage.cast.first_names[self.owner]
        self.values = values
        self.subject = subject
        self.description = description
        self.source = source

    def play(self, plan: Plan, start: float, span: float) -> DemoTicket:
        """Take all steps of ``plan``; ``start`` and ``span`` are working hours."""
        moment = self.stage.timeline.moment
        for step, fraction in plan.steps:
            _STEPS[step](self, moment(start + span * fraction))
        if self.resolved_at is not None:
            self._wind_up(plan, self.resolved_at, start + span)
        return DemoTicket(
            self.subject,
            self.description,
            self.problem.category,
            self.priority,
            _STATUSES[self.status],
            self.requester,
            self.assignee,
            self.created_at,
            self._updated_at(),
            self.resolved_at,
            self.closed_at,
            self.source,
            tuple(self.comments),
            tuple(self.changes),
        )

    def _updated_at(self) -> datetime:
        changed = self.changes[-1].at if self.changes else self.created_at
        return max(changed, self.comments[-1].created_at) if self.comments else changed

    def _wind_up(self, plan: Plan, resolved_at: datetime, position: float) -> None:
        """Let the requester answer, or the ticket close by itself, as far as there is time."""
        timeline = self.stage.timeline
        for step, hours in plan.afterwards:
            if position + hours < timeline.end:
                _STEPS[step](self, timeline.moment(position + hours))
        if self.status == _RESOLVED and resolved_at + CLOSES_AFTER < timeline.now:
            self._close(self.owner, resolved_at + CLOSES_AFTER)

    # --- steps ---

    def dispatch(self, at: datetime) -> None:
        """A manager gives the ticket to its technician."""
        manager = self.stage.one_of(self.stage.cast.dispatchers)
        self._assign(manager, self.owner, at)
        self._move(manager, _OPEN, at)

    def take(self, at: datetime) -> None:
        """The technician takes the ticket out of the queue."""
        self._assign(self.owner, self.owner, at)
        self._move(self.owner, _OPEN, at)

    def triage(self, at: datetime) -> None:
        """A manager has read the ticket; nobody has it yet."""
        self._move(self.stage.one_of(self.stage.cast.dispatchers), _OPEN, at)

    def misdirect(self, at: datetime) -> None:
        """The ticket goes to anybody first."""
        manager = self.stage.one_of(self.stage.cast.dispatchers)
        self._assign(manager, self.stage.one_of(self.stage.cast.technicians), at)
        self._move(manager, _OPEN, at)

    def hand_over(self, at: datetime) -> None:
        """Whoever got the ticket by mistake passes it on."""
        holder = self.assignee
        if holder is None or holder == self.owner:
            return
        self._say(holder, self._phrase(self.stage.wording.handovers), at, internal=True)
        self._assign(holder, self.owner, at)

    def recategorise(self, at: datetime) -> None:
        """The category chosen at submission was wrong."""
        right = CATEGORIES.index(self.problem.category)
        wrong = (right + 1 + int(self.stage.random() * (len(CATEGORIES) - 1))) % len(CATEGORIES)
        self._change(self.owner, at, "category", CATEGORIES[wrong], self.problem.category)

    def reprioritise(self, at: datetime) -> None:
        """The priority chosen at submission was wrong."""
        self._change(self.owner, at, "priority", _BEFORE[self.priority], self.priority.value)

    def respond(self, at: datetime) -> None:
        """First words of the technician, who begins to work."""
        self._reply(self.problem.responses, at)
        self._move(self.owner, _IN_PROGRESS, at)

    def ask(self, at: datetime) -> None:
        """First words of the technician, who needs something from the requester."""
        self._reply(self.problem.responses, at)
        self._move(self.owner, _AWAITING, at)

    def answer(self, at: datetime) -> None:
        """The requester answers."""
        self._say(self.requester, self._phrase(self.problem.answers), at)
        if self.status == _AWAITING:
            self._move(self.requester, _IN_PROGRESS, at)

    def note(self, at: datetime) -> None:
        """The technician notes what only colleagues shall read."""
        self._say(self.owner, self._phrase(self.problem.notes), at, internal=True)

    def chase(self, at: datetime) -> None:
        """The requester loses patience."""
        self._say(self.requester, self._phrase(self.phrases.chasers), at)

    def update(self, at: datetime) -> None:
        """The technician says that it goes on."""
        self._reply(self.phrases.updates, at)

    def resolve(self, at: datetime) -> None:
        """The technician names the solution."""
        self._reply(self.problem.resolutions, at)
        self._solve(at)

    def reopen(self, at: datetime) -> None:
        """The solution did not last."""
        self._say(self.requester, self._phrase(self.phrases.reopenings), at)
        self._change(self.requester, at, "reopened", self.status, _OPEN)
        self.status = _OPEN
        self.resolved_at = None

    def look_again(self, at: datetime) -> None:
        """The technician takes up a reopened ticket."""
        self._reply(self.phrases.second_looks, at)
        self._move(self.owner, _IN_PROGRESS, at)

    def resolve_again(self, at: datetime) -> None:
        """The technician names the solution that lasts."""
        self._reply(self.phrases.second_fixes, at)
        self._solve(at)

    def thank(self, at: datetime) -> None:
        """The requester is content."""
        self._say(self.requester, self._phrase(self.phrases.thanks), at)

    def confirm(self, at: datetime) -> None:
        """The requester is content and closes the ticket."""
        self.thank(at)
        self._close(self.requester, at)

    # --- what steps are made of ---

    def _solve(self, at: datetime) -> None:
        self._move(self.owner, _RESOLVED, at)
        self.resolved_at = at

    def _close(self, actor: int, at: datetime) -> None:
        self._move(actor, _CLOSED, at)
        self.closed_at = at

    def _assign(self, actor: int, assignee: int, at: datetime) -> None:
        old = None if self.assignee is None else str(self.assignee)
        self.changes.append(DemoChange(actor, at, "assignee", old, str(assignee)))
        self.assignee = assignee

    def _move(self, actor: int, status: str, at: datetime) -> None:
        self.changes.append(DemoChange(actor, at, "status", self.status, status))
        self.status = status

    def _change(self, actor: int, at: datetime, field: str, old: str, new: str) -> None:
        self.changes.append(DemoChange(actor, at, field, old, new))

    def _phrase(self, texts: tuple[str, ...]) -> str:
        return texts[int(self.stage.random() * len(texts))] % self.values

    def _reply(self, texts: tuple[str, ...], at: datetime) -> None:
        self._say(self.owner, self.stage.wording.greeted(self._phrase(texts), self.values), at)

    def _say(self, author: int, body: str, at: datetime, *, internal: bool = False) -> None:
        self.comments.append(DemoComment(author, body, internal, at))


_STEPS: tuple[Callable[[Case, datetime], None], ...] = (
    Case.dispatch,
    Case.take,
    Case.triage,
    Case.misdirect,
    Case.hand_over,
    Case.recategorise,
    Case.reprioritise,
    Case.respond,
    Case.ask,
    Case.answer,
    Case.note,
    Case.chase,
    Case.update,
    Case.resolve,
    Case.reopen,
    Case.look_again,
    Case.resolve_again,
    Case.thank,
    Case.confirm,
)
"""In the order of ``Step``."""
