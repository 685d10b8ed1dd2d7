# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads and writes rules, what they name, and the log of what they did."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Any, NamedTuple, cast

from pydantic import ValidationError
from sqlalchemy import (
    CursorResult,
    Row,
    Select,
    Table,
    bindparam,
    delete,
    exists,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from helpdesk.core.errors import NotFound
from helpdesk.core.permissions import STAFF
from helpdesk.core.rule_facts import Entry, Mentioned, Names
from helpdesk.core.schemas.base import Result
from helpdesk.core.schemas.rules import (
    Checked,
    Done,
    RuleChoice,
    RuleChoices,
    RuleRun,
    RuleSettings,
    RunOutcome,
    RunPage,
    RunQuery,
    Trigger,
)
from helpdesk.core.schemas.tickets import OPEN_STATUSES
from helpdesk.core.schemas.users import Role
from helpdesk.database.row_queue import rows_of
from helpdesk.database.types import is_id
from helpdesk.models import Category, ChatChannel, Rule, Team, Ticket, TicketSla, User
from helpdesk.models import RuleRun as RunRow
from helpdesk.models.ticket import number_of

logger = logging.getLogger(__name__)

_SETTINGS_KEPT = 500
_RUNS_OF_TICKET = 100

_run, _rule, _ticket = RunRow.__table__.c, Rule.__table__.c, Ticket.__table__.c
_RUNS = (
    select(
        _run.id,
        _run.rule_id,
        _rule.name,
        _run.ticket_id,
        _ticket.subject,
        _run.at,
        _run.outcome,
        _run.detail,
    )
    .join(Rule, _rule.id == _run.rule_id)
    .join(Ticket, _ticket.id == _run.ticket_id)
    .order_by(_run.id.desc())
)


class RunDetail(Result):
    """What is kept of a run, as JSON: what set it off, what was asked, and what was done."""

    trigger: str
    checked: tuple[Checked, ...] = ()
    done: tuple[Done, ...] = ()


class NewRun(NamedTuple):
    """A run to keep; ``detail`` is the JSON of a ``RunDetail``."""

    rule_id: int
    ticket_id: int
    clock_id: int | None
    at: datetime
    outcome: RunOutcome
    once: str | None
    detail: str


class _Mark(NamedTuple):
    """What was known at some moment of what rules did in a transaction."""

    ran: Mapping[str, bool]
    turns: Mapping[int, int]
    fired: Mapping[int, int]


class Firing(NamedTuple):
    """Of a rule what is needed where it fires: each change of a ticket reads all of them."""

    id: int
    name: str
    changed_by: int | None
    turn_id: int | None


class InForce(NamedTuple):
    """A rule that is switched on, with its settings."""

    rule: Firing
    settings: RuleSettings


class RuleRepository:
    """The rules of the desk."""

    def __init__(self, session: Session) -> None:
        """Bind to a session."""
        self._session = session
        self._known: dict[str, bool] = {}
        self._named: dict[Mentioned, Names] = {}
        self._turns: dict[int, int] = {}
        self._fired: Counter[int] = Counter()

    @cached_property
    def in_force(self) -> tuple[InForce, ...]:
        """The rules that are switched on, in their order; read once in a transaction.

        One that cannot be read, such as after a downgrade, is left out: nobody's change of a
        ticket may fail because of it.
        """
        rows = self._session.connection().execute(_IN_FORCE)
        return tuple(
            InForce(Firing(*rule), settings)
            for *rule, text in rows
            if (settings := readable_settings(rule[0], text)) is not None
        )

    def of_trigger(self, trigger: Trigger) -> tuple[InForce, ...]:
        """Return the rules in force that something sets off."""
        return self._by_trigger.get(trigger, ())

    @cached_property
    def _by_trigger(self) -> dict[Trigger, tuple[InForce, ...]]:
        found: dict[Trigger, tuple[InForce, ...]] = {}
        for each in self.in_force:
            trigger = each.settings.trigger
            found[trigger] = (*found.get(trigger, ()), each)
        return found

    def all(self) -> Sequence[Rule]:
        """Return the rules in their order, also those that are switched off."""
        return self._session.execute(self._in_order()).scalars().all()

    def get(self, rule_id: int) -> Rule:
        """Return a rule. Raises ``NotFound`` also for one that was removed."""
        rule = self._session.get(Rule, rule_id) if is_id(rule_id) else None
        if rule is None or rule.removed:
            raise NotFound("There is no such rule.")
        return rule

    def add(self, rule: Rule) -> Rule:
        """Store a rule behind the others."""
        last = self._session.execute(select(func.max(_rule.position))).scalar_one()
        rule.position = (last or 0) + 1
        self._session.add(rule)
        self._session.flush()
        return rule

    @staticmethod
    def _in_order() -> Select[*tuple[Any, ...]]:
        return select(Rule).where(_rule.removed.is_(False)).order_by(_rule.position, _rule.id)

    # --- savepoints ---------------------------------------------------------------------------

    def mark(self) -> _Mark:
        """Return what is known of what rules did, for ``drop_from``."""
        return _Mark(dict(self._known), dict(self._turns), dict(self._fired))

    def drop_from(self, mark: _Mark) -> None:
        """Know what was known then."""
        self._known, self._turns = dict(mark.ran), dict(mark.turns)
        self._fired = Counter(mark.fired)

    # --- that they fire -----------------------------------------------------------------------

    def note_firing(self, rule_id: int) -> None:
        """Count that a rule has fired, for ``keep_firings``."""
        self._fired[rule_id] += 1

    def keep_firings(self, at: datetime) -> None:
        """Keep how often rules have fired in this transaction, one statement for all of them."""
        rows = [{"rule": id_, "times": times, "at": at} for id_, times in self._fired.items()]
        self._fired.clear()
        if rows:
            self._session.connection().execute(_FIRED, rows)

    def turn_of(self, rule: Firing) -> int | None:
        """Return who was given a ticket last where a rule assigns in turn."""
        return self._turns.get(rule.id, rule.turn_id)

    def note_turn(self, rule: Firing, person_id: int) -> None:
        """Keep who was given a ticket last."""
        self._turns[rule.id] = person_id
        turn = update(Rule).where(_rule.id == rule.id).values(turn_id=person_id)
        self._session.execute(turn)

    # --- what they name -----------------------------------------------------------------------

    def names_once(self, mentioned: Mentioned) -> Names:
        """Return what some ids stand for, read once in a transaction: nobody renames in there."""
        if mentioned not in self._named:
            self._named[mentioned] = self.names(mentioned)
        return self._named[mentioned]

    def names(self, mentioned: Mentioned) -> Names:
        """Return what some ids stand for, in a statement for each kind of thing."""
        return Names(
            categories=self._entries(_CATEGORIES, mentioned.categories, _category),
            teams=self._entries(_TEAMS, mentioned.teams, _team),
            people=self._entries(_PEOPLE, mentioned.people, _person),
            channels=self._entries(_CHANNELS, mentioned.channels, _channel),
        )

    def choices(self) -> RuleChoices:
        """Return the categories, teams, staff and chat channels that rules can name."""
        category, team, user, channel = Category, Team, User, ChatChannel
        return RuleChoices(
            categories=self._choices(
                select(category.id, category.name)
                .where(category.active.is_(True))
                .order_by(category.id)
            ),
            teams=self._choices(
                select(team.id, team.name)
                .where(team.removed.is_(False))
                .order_by(team.name_folded, team.id)
            ),
            staff=self._choices(
                select(user.id, user.full_name)
                .where(user.active.is_(True), user.role.in_(STAFF))
                .order_by(user.full_name_folded, user.id)
            ),
            channels=self._choices(
                select(channel.id, channel.name)
                .where(channel.removed.is_(False), channel.active.is_(True))
                .order_by(channel.name, channel.id)
            ),
        )

    def _choices(self, statement: Select[int, str]) -> tuple[RuleChoice, ...]:
        rows = self._session.execute(statement)
        return tuple(RuleChoice(value=str(id_), label=name) for id_, name in rows)

    def _entries(
        self, statement: Select[*tuple[Any, ...]], ids: Collection[int], entry: Callable[..., Entry]
    ) -> Mapping[int, Entry]:
        if not ids:
            return {}
        column = statement.selected_columns[0]
        rows = self._session.execute(statement.where(column.in_(ids)))
        return {row[0]: entry(*row[1:]) for row in rows}

    # --- what they did ------------------------------------------------------------------------

    def log(self, run: NewRun) -> None:
        """Keep that a rule was set off, and what came of it."""
        rows_of(self._session).add(RunRow.__table__, run._asdict())
        if run.once is not None:
            self._known[run.once] = True

    def expect(self, once: Collection[str]) -> None:
        """Look up in one statement what will be asked for one by one."""
        unknown = [each for each in once if each not in self._known]
        if unknown:
            statement = select(_run.once).where(_run.once.in_(unknown))
            ran = set(self._session.execute(statement).scalars())
            self._known.update((each, each in ran) for each in unknown)

    def ran(self, once: Collection[str]) -> frozenset[str]:
        """Return which of some things have set a rule off already."""
        self.expect(once)
        return frozenset(each for each in once if self._known[each])

    def runs(self, query: RunQuery) -> RunPage:
        """Return some runs, newest first."""
        statement = _RUNS.limit(query.limit + 1)
        if query.rule_id is not None:
            statement = statement.where(_run.rule_id == query.rule_id)
        if query.ticket_id is not None:
            statement = statement.where(_run.ticket_id == query.ticket_id)
        if query.before_id is not None:
            statement = statement.where(_run.id < query.before_id)
        found = self._runs(statement)
        return RunPage(items=found[: query.limit], has_more=len(found) > query.limit)

    def runs_of(self, ticket_id: int) -> tuple[RuleRun, ...]:
        """Return the newest runs on a ticket that came to anything, newest first."""
        statement = _RUNS.where(_run.ticket_id == ticket_id, _run.outcome != RunOutcome.NOT_MATCHED)
        return self._runs(statement.limit(_RUNS_OF_TICKET))

    def _runs(self, statement: Select[*tuple[Any, ...]]) -> tuple[RuleRun, ...]:
        return tuple(_run_view(row) for row in self._session.execute(statement))

    def forget_before(self, at: datetime) -> int:
        """Forget old runs, apart from those that keep a step from firing again."""
        is_open = exists().where(_ticket.id == _run.ticket_id, _ticket.status.in_(OPEN_STATUSES))
        old = delete(RunRow).where(_run.at < at, or_(_run.once.is_(None), ~is_open))
        return cast("CursorResult[Any]", self._session.execute(old)).rowcount

    def escalate(self, ticket_id: int, at: datetime) -> int | None:
        """Raise the escalation level of a ticket, and return it; ``None`` without a clock."""
        row = self._session.get(TicketSla, ticket_id)
        if row is None:
            return None
        row.escalation_level += 1
        row.escalated_at = row.escalated_at or at
        return row.escalation_level

    def first_admin(self) -> int | None:
        """Return the oldest account of an admin who works here."""
        statement = select(func.min(User.id)).where(User.role == Role.ADMIN, User.active.is_(True))
        return self._session.execute(statement).scalar_one()


_IN_FORCE = (
    select(_rule.id, _rule.name, _rule.changed_by, _rule.turn_id, _rule.settings)
    .where(_rule.removed.is_(False), _rule.active.is_(True))
    .order_by(_rule.position, _rule.id)
)
_FIRED = (
    update(cast(Table, Rule.__table__))
    .where(_rule.id == bindparam("rule"))
    .values(fired=_rule.fired + bindparam("times"), last_fired_at=bindparam("at"))
)
_CATEGORIES: Select[*tuple[Any, ...]] = select(Category.id, Category.name, Category.active)
_TEAMS: Select[*tuple[Any, ...]] = select(Team.id, Team.name, ~Team.removed)
_PEOPLE: Select[*tuple[Any, ...]] = select(
    User.id, User.full_name, User.active & User.role.in_(STAFF)
)
_CHANNELS: Select[*tuple[Any, ...]] = select(
    ChatChannel.id, ChatChannel.name, ChatChannel.active, ~ChatChannel.removed
)


def _category(name: str, active: bool) -> Entry:
    return Entry(name, "" if active else f"The category {name} is not offered any more.")


def _team(name: str, is_there: bool) -> Entry:
    return Entry(name, "" if is_there else f"The team {name} was removed; choose another.")


def _person(name: str, works_here: bool) -> Entry:
    return Entry(
        name, "" if works_here else f"{name} is not of the staff any more; choose another."
    )


def _channel(name: str, active: bool, is_there: bool) -> Entry:
    if not is_there:
        return Entry(name, f"The chat channel {name} was removed; choose another.")
    return Entry(name, "" if active else f"The chat channel {name} is off; switch it on first.")


def readable_settings(rule_id: int, text: str) -> RuleSettings | None:
    """Return the settings of a rule, or ``None`` with a line in the log."""
    try:
        return settings_of(text)
    except ValidationError as error:
        logger.warning("rule %d cannot be read: %d faults", rule_id, error.error_count())
        return None


@lru_cache(_SETTINGS_KEPT)
def settings_of(text: str) -> RuleSettings:
    """Return the settings that a rule keeps as JSON; reading them anew would cost each call."""
    return RuleSettings.model_validate_json(text)


def _run_view(row: Row[*tuple[Any, ...]]) -> RuleRun:
    kept = RunDetail.model_validate_json(row.detail)
    return RuleRun(
        id=row.id,
        rule_id=row.rule_id,
        rule=row.name,
        ticket_id=row.ticket_id,
        number=number_of(row.ticket_id),
        subject=row.subject,
        at=row.at,
        outcome=row.outcome,
        trigger=kept.trigger,
        checked=kept.checked,
        done=kept.done,
    )
