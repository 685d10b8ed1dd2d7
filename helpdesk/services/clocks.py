# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps the clocks of a ticket: begins, pauses and stops them as the ticket changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from helpdesk.core.errors import Invalid
from helpdesk.core.schemas.clocks import ClockKind, SegmentCause, SegmentState
from helpdesk.core.schemas.tickets import Priority, Status
from helpdesk.database.types import NEVER
from helpdesk.models import Comment, SlaClock, Ticket
from helpdesk.models.event import EventKind
from helpdesk.repositories.policies import Policy
from helpdesk.services import sla_defaults
from helpdesk.services.counting import Counting
from helpdesk.services.measures import Because, Measure
from helpdesk.services.merged_time import MergedTime
from helpdesk.services.past_time import past_time
from helpdesk.services.targets import due_times
from helpdesk.services.ticket_changes import Happened, TicketChanges
from helpdesk.services.ticket_time import DUE_FIELDS, TicketTime
from helpdesk.services.undone_time import UndoneTime
from helpdesk.services.work import Work
from helpdesk.sla.calendar import working_calendar
from helpdesk.sla.policy_match import match
from helpdesk.sla.timeline import ANSWERS, state_of

_MATCHED_BY = {
    "priority": SegmentCause.PRIORITY,
    "category": SegmentCause.CATEGORY,
    "team": SegmentCause.TEAM,
}
"""The fields by which a policy and its targets are found, and what their change is called."""


class Clocks:
    """The clocks of tickets, within one transaction."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work
        self._offsets: Mapping[ClockKind, Sequence[int]] | None = None

    def follow(self, changes: TicketChanges) -> list[Happened]:
        """Let the clocks of a ticket follow from what happened to it.

        Returns what was done for clocks that were late and that nobody had looked at in time.
        """
        ticket, happened = changes.ticket, changes.happened
        if happened.by_clocks is not None:
            return happened.by_clocks
        if not _concerns_clocks(ticket, happened):
            return []
        if happened.is_new:
            self._begin(ticket, Because(SegmentCause.CREATED, happened.actor_id))
            return []
        standing = self._work.desk.clocks.standing(ticket.id)
        if standing is None:
            self.take_up([ticket])
            return []
        kind = UndoneTime if happened.put_back else TicketTime
        time = kind(self._work.desk.clocks, ticket, standing, happened.at)
        self._move(time, ticket, happened)
        time.settle(self.steps)
        return self._see_to_missed(time, ticket)

    def join(self, survivor: TicketChanges, merged: TicketChanges) -> None:
        """Let the time of a ticket go on with the one that it is merged into.

        What is still due on the merged ticket is due on the survivor as well, and no later. It is
        called by ``merging``, which keeps to the order; whether the merged ticket is closed by
        then does not matter. Raises ``Invalid`` where one of them is
        already merged.
        """
        desk, into = self._work.desk, survivor.ticket
        _require_two(into, merged.ticket)
        kept, ended = self._merging(survivor), self._merging(merged)
        _require_apart(kept, into)
        _require_apart(ended, merged.ticket)
        because = Because(SegmentCause.MERGED, survivor.happened.actor_id)
        counted = ended is not None and ended.counts
        measured = self.measure_of(merged.ticket) if ended else None
        handed = ended.end_by_merge(into.number, measured, because) if ended else []
        if handed and counted and into.status is Status.AWAITING_CUSTOMER:
            # Its customer has written elsewhere.
            survivor.move(Status.OPEN)
        if kept is not None and into.status.is_open:
            self._keep_up(kept, survivor)
            measure = self.measure_of(into)
            kept.turn(measure, because)
            takers = [(clock, kept.taker(clock, measure)) for clock in handed]
            desk.flush()
            for clock, taker in takers:
                if taker is not None:
                    desk.clocks.hand_over(clock.id, taker.id)
            kept.changes_promises()
        self._settled(kept, survivor)
        self._settled(ended, merged)

    def part(self, survivor: TicketChanges, merged: TicketChanges) -> None:
        """Undo a merge: each ticket's time is again what it would be without it.

        It is called by ``merging``, as ``join`` is. What has ended on the survivor in the meantime
        stays as it ended. Raises ``Invalid`` where the survivor is
        itself merged by now.
        """
        desk, into = self._work.desk, survivor.ticket
        kept, ended = self._merging(survivor), self._merging(merged)
        _require_apart(kept, into)
        because = Because(SegmentCause.PARTED, survivor.happened.actor_id)
        if ended is None:
            return
        desk.clocks.take_back(merged.ticket.id, into.id)
        if kept is not None:
            self._keep_up(kept, survivor)
            kept.changes_promises()
            if kept.waits_by_merge:
                kept.waits_since(self._asked_at(kept, into))
            if into.status.is_open:
                kept.turn(self.measure_of(into), because)
        if ended.is_merged_into(into.number):
            ended.go_on_alone(self.measure_of(merged.ticket), because)
        self._settled(kept, survivor)
        self._settled(ended, merged)

    def foresee(self, ticket: Ticket) -> None:
        """Note on a ticket that is being opened when it will be due.

        Its clocks find the same; every index would have to be written twice otherwise.
        """
        if measure := self.measure_of(ticket):
            for kind, name in DUE_FIELDS.items():
                seconds = measure.seconds(kind)
                due = measure.calendar.after(ticket.created_at, seconds) if seconds else None
                setattr(ticket, name, due or NEVER)

    def take_up(self, tickets: Sequence[Ticket]) -> None:
        """Give open tickets clocks that were there before them, by what their history tells.

        What is overdue already shows as late, but sets nothing off.
        """
        desk, now = self._work.desk, self._work.now
        tickets = [each for each in tickets if each.status.is_open]
        if not tickets:
            return
        pasts = desk.clocks.pasts([each.id for each in tickets])
        for ticket in tickets:
            time = past_time(desk.clocks, ticket, self.measure_of(ticket), pasts[ticket.id], now)
            time.settle(self.steps)
            time.leave_missed()
        # Whether they were answered in time is told by their clocks from now on.
        Counting(self._work).recount(tuple(each.id for each in tickets))

    def measure_anew(self, ticket: Ticket) -> bool:
        """Measure a ticket by the policies and calendars as they are now; tell if that differs.

        What was counted stays counted, by the calendar that it was counted by.
        """
        desk = self._work.desk
        standing = desk.clocks.standing(ticket.id)
        if standing is None or not ticket.status.is_open:
            return False
        time = TicketTime(desk.clocks, ticket, standing, self._work.now)
        measure = self.measure_of(ticket)
        cause = time.differs_by(measure)
        if cause is not None:
            time.turn(measure, Because(cause, None))
            self._measure_by(time, ticket, measure)
            time.settle(self.steps)
        time.plan_steps(self.steps)
        if happened := self._see_to_missed(time, ticket):
            # Notifications ask what a ticket is measured by.
            from helpdesk.services.notifying import Notifying

            Notifying(self._work).tell(ticket, happened)
            Counting(self._work).follow(ticket, happened)
            desk.changed("ticket", ticket.id)
        return cause is not None

    def measure_of(self, ticket: Ticket) -> Measure | None:
        """Return what a ticket is measured by at present, or ``None`` where no policy does.

        A desk that is older than service levels gets its first policy by that.
        """
        desk = self._work.desk
        if not self._in_force:
            sla_defaults.begin(desk, self._work.settings, self._work.now)
        return self._measure(
            ticket.priority, ticket.category_id, ticket.team_id, ticket.requester_id
        )

    def first_response_due(
        self, priority: Priority, category_id: int | None, requester_id: int
    ) -> datetime | None:
        """Return by when a ticket would be answered that is being written; only reads."""
        work = self._work
        if not self._in_force and work.desk.facts.get(sla_defaults.BEGUN) is None:
            return due_times(work.settings.targets, priority, work.now).first_response
        measure = self._measure(priority, category_id, None, requester_id)
        seconds = measure.seconds(ClockKind.FIRST_RESPONSE) if measure else None
        return measure.calendar.after(work.now, seconds) if measure and seconds else None

    def _begin(self, ticket: Ticket, because: Because) -> None:
        measure = self.measure_of(ticket)
        begun = self._work.desk.clocks.begun()
        time = TicketTime.begun(begun, ticket, ticket.created_at)
        time.turn(measure, because)
        time.measure_by(measure)
        time.settle(self.steps)
        begun.write()

    def _move(self, time: TicketTime, ticket: Ticket, happened: Happened) -> None:
        """Do to the clocks what was done to the ticket."""
        turned = _turns(ticket, happened)
        is_taken_back = turned and self._take_back(time, ticket, happened)
        turned = turned and not is_taken_back
        _stop_ended(time, ticket, happened, is_taken_back=is_taken_back)
        causes = [cause for name, cause in _MATCHED_BY.items() if name in happened.fields]
        asks = _asks(ticket, happened) and not time.runs(ClockKind.NEXT_RESPONSE)
        counts = state_of(ticket.status) is SegmentState.COUNTED
        if not (turned or causes or asks):
            return
        measure = self.measure_of(ticket) if counts or causes or asks else None
        if turned:
            cause = SegmentCause.REOPENED if happened.reopened else SegmentCause.STATUS
            time.turn(measure, Because(cause, happened.actor_id))
        elif counts and causes and time.differs_by(measure):
            time.turn(measure, Because(causes[0], happened.actor_id))
        if happened.reopened:
            happened.was |= time.escalation
            time.begin_anew()
            time.measure_by(measure)
        elif causes:
            self._measure_by(time, ticket, measure)
        if asks and measure:
            time.start(ClockKind.NEXT_RESPONSE, measure)

    def _take_back(self, time: TicketTime, ticket: Ticket, happened: Happened) -> bool:
        """Let time go on as it did before a change of status that is undone, where it still can."""
        if not isinstance(time, UndoneTime) or happened.put_back is None:
            return False
        if not time.can_take_back(happened.put_back):
            return False
        asked_at = self._asked_at(time, ticket) if ticket.status.is_open else None
        time.take_back(asked_at, happened.was)
        measure = self.measure_of(ticket) if ticket.status.is_open else None
        if ticket.status.is_open and (cause := time.differs_by(measure)):
            # Policies or calendars are others by now.
            time.turn(measure, Because(cause, None))
            self._measure_by(time, ticket, measure)
        return True

    def _measure_by(self, time: TicketTime, ticket: Ticket, measure: Measure | None) -> None:
        """Give the clocks other targets, also to the next response that is waited for already."""
        kind = ClockKind.NEXT_RESPONSE
        time.measure_by(measure)
        if measure is None or measure.seconds(kind) is None or time.runs(kind):
            return
        asked_at = self._asked_at(time, ticket) if ticket.status.is_open else None
        if asked_at is not None:
            time.go_on(kind, measure, asked_at)

    def _asked_at(self, time: TicketTime, ticket: Ticket) -> datetime | None:
        """Return since when the customer waits for another answer, if so."""
        answered_at = ticket.first_responded_at
        if answered_at is None:
            return None
        return self._work.desk.clocks.asked_at(ticket.id, max(answered_at, time.round_began))

    def _merging(self, changes: TicketChanges) -> MergedTime | None:
        """Return the time of a ticket that is merged or parted, if it has any."""
        ticket, clocks = changes.ticket, self._work.desk.clocks
        standing = clocks.standing(ticket.id)
        if standing is None and ticket.status.is_open:
            self.take_up([ticket])
            standing = clocks.standing(ticket.id)
        return MergedTime(clocks, ticket, standing, self._work.now) if standing else None

    def _keep_up(self, time: TicketTime, changes: TicketChanges) -> None:
        """Do to the clocks first what was done to the ticket besides."""
        if _concerns_clocks(changes.ticket, changes.happened):
            self._move(time, changes.ticket, changes.happened)

    def _settled(self, time: TicketTime | None, changes: TicketChanges) -> None:
        """Work out what follows, so that nothing more follows for the clocks."""
        changes.happened.by_clocks = []
        if time is not None:
            time.settle(self.steps)
            changes.happened.by_clocks = self._see_to_missed(time, changes.ticket)

    def _see_to_missed(self, time: TicketTime, ticket: Ticket) -> list[Happened]:
        """Note what has become late, and fire the steps of clocks that the sweep came too late for.

        Those of clocks that go on are left to the sweep.
        """
        if missed := time.newly_missed:
            names = {each.id: each.name for each in self._in_force}
            id_ = time.policy_id
            policy = names.get(id_ or 0) or self._work.desk.clocks.policy_name(id_)
            changes = TicketChanges(self._work, ticket, rule=policy)
            for clock in missed:
                note_missed(changes, clock, policy)
        done: list[Happened] = []
        if overlooked := time.overlooked:
            from helpdesk.services.rule_engine import RuleEngine

            self._work.desk.flush()
            for clock in overlooked:
                done += RuleEngine(self._work).too_late(ticket, clock)
        return done

    def _measure(
        self, priority: Priority, category_id: int | None, team_id: int | None, requester_id: int
    ) -> Measure | None:
        found = match(self._in_force, priority, category_id, team_id, requester_id)
        if found is None:
            return None
        policy, target = found
        return Measure(
            policy_id=policy.id,
            version=policy.version,
            name=policy.name,
            revision_id=policy.revision_id,
            calendar=working_calendar(policy.calendar_settings, policy.feed_days),
            target=target,
        )

    @property
    def _in_force(self) -> tuple[Policy, ...]:
        return self._work.desk.policies.known_in_force()

    def steps(self) -> Mapping[ClockKind, Sequence[int]]:
        """Return when rules want to be set off before or after due times, asked for once."""
        if self._offsets is None:
            # Rules change tickets, and let their clocks follow from that.
            from helpdesk.services.rule_engine import RuleEngine

            found = RuleEngine(self._work).due_offsets()
            self._offsets = {kind: found.get(kind, ()) for kind in ClockKind}
        return self._offsets


def note_missed(changes: TicketChanges, clock: SlaClock, policy: str) -> None:
    """Enter into the history of a ticket that a clock is late."""
    due = f"{clock.kind.label.capitalize()} was due"
    changes.record(EventKind.RULED, field=policy, old=due, new="Overdue")


def _concerns_clocks(ticket: Ticket, happened: Happened) -> bool:
    """Return whether anything happened that clocks follow: notes and assignments are not."""
    is_matched_anew = not _MATCHED_BY.keys().isdisjoint(happened.fields)
    is_said = any(_answers(each) for each in happened.comments)
    return happened.is_new or is_matched_anew or is_said or _turns(ticket, happened)


def _require_two(survivor: Ticket, merged: Ticket) -> None:
    if survivor.id == merged.id:
        raise Invalid(f"{merged.number} cannot be merged into itself; choose another ticket.")


def _require_apart(time: MergedTime | None, ticket: Ticket) -> None:
    if time is not None and time.is_merged:
        raise Invalid(f"{ticket.number} is merged into another ticket; undo that first.")


def _stop_ended(
    time: TicketTime, ticket: Ticket, happened: Happened, *, is_taken_back: bool
) -> None:
    """End the clocks that an answer ends, or the end of the ticket."""
    if any(each.by_staff and _answers(each) for each in happened.comments):
        for kind in ANSWERS:
            time.stop(kind)
    if _turns(ticket, happened) and not ticket.status.is_open and not is_taken_back:
        time.stop_all()


def _turns(ticket: Ticket, happened: Happened) -> bool:
    """Return whether the time of a ticket counts otherwise than before."""
    before = happened.fields.get("status")
    return isinstance(before, Status) and state_of(before) is not state_of(ticket.status)


def _asks(ticket: Ticket, happened: Happened) -> bool:
    """Return whether the customer wrote, and waits for more than the first answer."""
    said = any(not each.by_staff and _answers(each) for each in happened.comments)
    return said and ticket.status.is_open and ticket.first_responded_at is not None


def _answers(comment: Comment) -> bool:
    """Return whether a person wrote it for the other side to read."""
    return not comment.internal and not comment.automatic
