# SPDX-License-Identifier: GPL-3.0-or-later
"""Adds and changes accounts by the lines of a file, each by itself, and again without a new effect.

A blank cell leaves what an account has. Nobody loses a role by a file that would end their work:
admins keep theirs, and who has open tickets stays of the staff; that is done by hand, where one
says what becomes of the tickets.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from pydantic import ValidationError

from helpdesk.core.errors import DeskError, Invalid
from helpdesk.core.permissions import STAFF
from helpdesk.core.schemas.audit import AuditAction
from helpdesk.core.schemas.teams import MOST_MEMBERS
from helpdesk.core.schemas.users import (
    ImportedLine,
    ImportedUser,
    ImportOutcome,
    NewUser,
    Role,
    UserBatch,
    UserBatchResult,
    UserChange,
)
from helpdesk.core.text import ellipsis, folded, single_line
from helpdesk.core.validation import invalid
from helpdesk.models import Team, User
from helpdesk.repositories.desk_changes import TEAM, USER
from helpdesk.services.passwords import hash_random, one_time_password
from helpdesk.services.user_changes import UserChanges
from helpdesk.services.user_rules import (
    about,
    require_kept_here,
    require_reach,
    require_rights_of,
)
from helpdesk.services.user_teams import put_into
from helpdesk.services.work import Transacted, Work

_ROLES = {
    **{role.value: role for role in Role},
    **{folded(role.label): role for role in Role},
    "administrator": Role.ADMIN,
}
_NAMED = 40

_NO_ROLE = "There is no role “{name}”; there are User, Technician, Manager and Admin."
_NO_TEAM = "There is no team “{name}”; add it first, or correct the name."
_TWICE = "An earlier line has the same user name; keep one of them."
_NO_ADMINS = "This would make an admin; allow for this file that it may, or name another role."
_IS_ADMIN = "This is an admin, whose role no file changes; change it by hand."
_OWN_ROLE = "This is your own account; another admin can change your role."
_HAS_TICKETS = (
    "Open tickets: {count:,}. Change the role by hand, so that they go where they are wanted."
)
_NOT_STAFF = "Only technicians, managers and admins can be in a team; name one of these roles."
_SHARED = "{name} has this e-mail address, too; a forgotten password is asked for by it."
_SHARED_HERE = "An earlier line has this e-mail address, too."
_FULL = "There are {most:,} people in {name} already, and no more fit in."


@dataclass
class _Plan:
    """What is to become of a line."""

    row: ImportedUser
    outcome: ImportOutcome = ImportOutcome.REFUSED
    problem: str = ""
    warning: str = ""
    user: User | None = None
    new: NewUser | None = None
    full_name: str | None = None
    email: str | None = None
    role: Role | None = None
    teams: frozenset[int] | None = None
    """The teams to be in, where that is news."""


@dataclass
class _Known:
    """What the desk has of the people of some lines."""

    users: Mapping[str, User]
    teams: Mapping[int, Team]
    teams_of: Mapping[int, frozenset[int]]
    open_tickets: Mapping[int, int]
    sizes: Counter[int]
    owners: Mapping[str, tuple[int, str]]
    """Who has which e-mail address already; only a trial looks."""
    seen: set[str] = field(default_factory=set)
    seen_addresses: set[str] = field(default_factory=set)

    @property
    def team_ids(self) -> dict[str, int]:
        """The teams by their folded names."""
        return {team.name_folded: team.id for team in self.teams.values()}


class UserImport:
    """Some lines of a file of people."""

    def __init__(self, work: Work, batch: UserBatch) -> None:
        """Bind to a call that works in steps."""
        self._work = work
        self._batch = batch

    def result(self) -> UserBatchResult:
        """Do it, or only tell what would be done."""
        with self._work.step(writes=False) as desk:
            plans = self._plans(desk)
        passwords: dict[int, str] = {}
        if not self._batch.trial:
            # Hashing takes long enough for others to wait for; what is due may change meanwhile.
            made = {plan.row.line: _one_time() for plan in plans if plan.new is not None}
            with self._work.step(writes=True) as desk:
                plans = self._plans(desk)
                passwords = self._carry_out(desk, plans, made)
        lines = (
            ImportedLine(
                line=plan.row.line,
                outcome=plan.outcome,
                username=plan.row.username,
                problem=plan.problem,
                password=passwords.get(plan.row.line, ""),
                warning=plan.warning,
            )
            for plan in plans
        )
        return UserBatchResult(lines=tuple(lines))

    # --- what would become of the lines -------------------------------------------------------

    def _plans(self, desk: Transacted) -> list[_Plan]:
        known = self._known(desk)
        return [self._plan(row, known) for row in self._batch.rows]

    def _known(self, desk: Transacted) -> _Known:
        users = desk.users.named(single_line(row.username) for row in self._batch.rows)
        ids = [user.id for user in users.values()]
        teams = {team.id: team for team in desk.teams.all()}
        return _Known(
            users,
            teams,
            desk.teams.teams_of_people(ids),
            desk.teams.open_of_people(ids),
            Counter(desk.teams.sizes()),
            self._owners(desk) if self._batch.trial else {},
        )

    def _owners(self, desk: Transacted) -> dict[str, tuple[int, str]]:
        return desk.users.having_addresses(row.email.strip() for row in self._batch.rows)

    @staticmethod
    def _warn(plan: _Plan, known: _Known) -> None:
        """Warn of an e-mail address that would be somebody else's as well."""
        address = (plan.new.email if plan.new else plan.email or "") or ""
        if not address:
            return
        owner = known.owners.get(address.lower())
        if owner is not None and (plan.user is None or plan.user.id != owner[0]):
            plan.warning = _SHARED.format(name=owner[1])
        elif address.lower() in known.seen_addresses:
            plan.warning = _SHARED_HERE
        known.seen_addresses.add(address.lower())

    def _plan(self, row: ImportedUser, known: _Known) -> _Plan:
        plan = _Plan(row)
        name = folded(single_line(row.username))
        try:
            if name in known.seen:
                raise Invalid(_TWICE, field="username")
            known.seen.add(name)
            plan.user = known.users.get(name)
            if plan.user is None:
                self._plan_new(plan, known)
            elif self._batch.updates:
                self._plan_change(plan, plan.user, known)
            else:
                plan.outcome = ImportOutcome.UNCHANGED
            self._take_room(plan, known)
            if self._batch.trial:
                self._warn(plan, known)
        except ValidationError as error:
            plan = _Plan(row, problem=str(invalid(error)))
        except DeskError as error:
            plan = _Plan(row, problem=str(error))
        return plan

    def _plan_new(self, plan: _Plan, known: _Known) -> None:
        row = plan.row
        role = _role_of(row) or Role.USER
        plan.new = NewUser(
            username=row.username, full_name=row.full_name, email=row.email.strip() or None,
            role=role,
        )  # fmt: skip
        require_rights_of(self._work, role)
        self._require_may_make(role)
        plan.teams = _teams_of(row, role, known)
        plan.outcome = ImportOutcome.ADDED

    def _plan_change(self, plan: _Plan, user: User, known: _Known) -> None:
        require_reach(self._work, user.role)
        row = plan.row
        named = {"full_name": row.full_name.strip(), "email": row.email.strip()}
        wanted = UserChange(**{k: v for k, v in named.items() if v}, version=user.version)
        if wanted.full_name and wanted.full_name != user.full_name:
            require_kept_here(user, "name")
            plan.full_name = wanted.full_name
        if wanted.email and wanted.email != user.email:
            require_kept_here(user, "e-mail address")
            require_rights_of(self._work, user.role)
            plan.email = wanted.email
        role = _role_of(row) or user.role
        if role is not user.role:
            self._require_role_may_change(user, role, known)
            plan.role = role
        teams = _teams_of(row, role, known)
        if teams is not None and teams != known.teams_of.get(user.id, frozenset()):
            plan.teams = teams
        news = (plan.full_name, plan.email, plan.role, plan.teams)
        is_news = any(each is not None for each in news)
        plan.outcome = ImportOutcome.CHANGED if is_news else ImportOutcome.UNCHANGED

    def _require_role_may_change(self, user: User, role: Role, known: _Known) -> None:
        require_rights_of(self._work, user.role, role)
        if user.id == self._work.actor.id:
            raise Invalid(_OWN_ROLE, field="role")
        if user.role is Role.ADMIN:
            raise Invalid(_IS_ADMIN, field="role")
        self._require_may_make(role)
        count = known.open_tickets.get(user.id, 0)
        if count and role not in STAFF:
            raise Invalid(_HAS_TICKETS.format(count=count), field="role")

    def _require_may_make(self, role: Role) -> None:
        if role is Role.ADMIN and not self._batch.admins:
            raise Invalid(_NO_ADMINS, field="role")

    @staticmethod
    def _take_room(plan: _Plan, known: _Known) -> None:
        before = known.teams_of.get(plan.user.id, frozenset()) if plan.user else frozenset()
        entered = (plan.teams or frozenset()) - before
        for team_id in sorted(entered):
            if known.sizes[team_id] >= MOST_MEMBERS:
                name = known.teams[team_id].name
                raise Invalid(_FULL.format(most=MOST_MEMBERS, name=name), field="teams")
        known.sizes.update(entered)

    # --- doing it -----------------------------------------------------------------------------

    def _carry_out(
        self, desk: Transacted, plans: list[_Plan], made: Mapping[int, tuple[str, str]]
    ) -> dict[int, str]:
        """Add and change accounts, and return the one-time passwords by line."""
        teams = {team.id: team for team in desk.teams.all()}
        added = [plan for plan in plans if plan.new is not None]
        passwords: dict[int, str] = {}
        for plan in added:
            password, hashed = made.get(plan.row.line) or _one_time()
            passwords[plan.row.line] = password
            plan.user = self._new_user(plan, hashed)
        desk.users.add_all([plan.user for plan in added if plan.user is not None])
        self._put_into_teams(desk, added, teams)
        for plan in added:
            self._note_added(desk, plan, teams)
        for plan in plans:
            if plan.outcome is ImportOutcome.CHANGED and plan.user is not None:
                self._change(desk, plan, plan.user, teams)
        touched = [plan.user.id for plan in plans if _is_done(plan) and plan.user is not None]
        desk.changed(USER, *touched)
        return passwords

    def _new_user(self, plan: _Plan, hashed: str) -> User:
        new = plan.new
        if new is None:
            raise LookupError("the line adds nobody")
        user = User.new(new.username, new.full_name, new.email, new.role, self._work.now)
        user.password_hash = hashed
        user.password_one_time = True
        return user

    @staticmethod
    def _put_into_teams(desk: Transacted, added: list[_Plan], teams: Mapping[int, Team]) -> None:
        """Put everybody into a team at once: a file may name the same one on each line."""
        wanted: dict[int, list[int]] = {}
        for plan in added:
            for team_id in sorted(plan.teams or ()):
                if plan.user is not None:
                    wanted.setdefault(team_id, []).append(plan.user.id)
        for team_id, user_ids in wanted.items():
            desk.teams.put_in(team_id, user_ids)
            teams[team_id].version += 1
        if wanted:
            desk.changed(TEAM, *wanted)

    @staticmethod
    def _note_added(desk: Transacted, plan: _Plan, teams: Mapping[int, Team]) -> None:
        if plan.user is None:
            return
        told = [("user name", "", plan.user.username), ("role", "", plan.user.role.value)]
        if plan.teams:
            names = ", ".join(sorted(teams[team_id].name for team_id in plan.teams))
            told.append(("teams", "", names))
        desk.audit.add(AuditAction.USER_ADDED, about(plan.user), told)

    def _change(self, desk: Transacted, plan: _Plan, user: User, teams: Mapping[int, Team]) -> None:
        changes = UserChanges(self._work, desk, user)
        if plan.full_name is not None:
            changes.rename(plan.full_name)
        if plan.email is not None:
            changes.readdress(plan.email)
        if plan.role is not None:
            changes.give_role(plan.role)
        changes.finish()
        if plan.teams is not None and put_into(desk, user, plan.teams, teams):
            user.version += 1


def _is_done(plan: _Plan) -> bool:
    return plan.outcome in (ImportOutcome.ADDED, ImportOutcome.CHANGED)


def _one_time() -> tuple[str, str]:
    password = one_time_password()
    return password, hash_random(password)


def _role_of(row: ImportedUser) -> Role | None:
    name = folded(single_line(row.role))
    if not name:
        return None
    if name not in _ROLES:
        raise Invalid(_NO_ROLE.format(name=ellipsis(single_line(row.role), _NAMED)), field="role")
    return _ROLES[name]


def _teams_of(row: ImportedUser, role: Role, known: _Known) -> frozenset[int] | None:
    """Return the teams that a line names, or ``None`` where it says nothing of them."""
    names = list(_team_names(row))
    if not names:
        return None
    ids = known.team_ids
    for name in names:
        if folded(name) not in ids:
            raise Invalid(_NO_TEAM.format(name=ellipsis(name, _NAMED)), field="teams")
    if role not in STAFF:
        raise Invalid(_NOT_STAFF, field="teams")
    return frozenset(ids[folded(name)] for name in names)


def _team_names(row: ImportedUser) -> Iterator[str]:
    for part in row.teams.split(";"):
        if name := single_line(part):
            yield name
