# SPDX-License-Identifier: GPL-3.0-or-later
"""What the recurring jobs forget, and what they keep, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, select

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core.errors import SignedOut
from helpdesk.core.schemas.tickets import NewTicket
from helpdesk.core.schemas.users import NewSession
from helpdesk.database.db_manager import database_at
from helpdesk.database.sqlite_manager import SqliteManager, log_of
from helpdesk.jobs.runner import JobRunner, Outcome
from helpdesk.models import DeskChange, DoneCall, SignInFailure, SignInSession
from tests.conftest import PASSWORD, SettableClock, SignIn
from tests.places import KINDS, postgres_copy


@pytest.fixture(params=KINDS)
def desk(
    request: pytest.FixtureRequest, embedded: EmbeddedDesk, template: Path, settings, clock
) -> Iterator[EmbeddedDesk]:
    if request.param == "sqlite":
        yield embedded
        return
    with postgres_copy(template) as url:
        desk = EmbeddedDesk(database_at(url), settings, clock)
        yield desk
        desk.close()


def outcomes(desk: EmbeddedDesk, clock: SettableClock) -> dict[str, str]:
    """Run what is due; nothing fails."""
    ran = list(JobRunner(desk, clock=clock).run_due())
    assert not [outcome for outcome in ran if outcome.is_failure]
    return {outcome.name: outcome.text for outcome in ran}


def clean(desk: EmbeddedDesk, *kinds: type) -> None:
    with desk.database.writing() as session:
        for kind in kinds:
            session.execute(delete(kind))


def left(desk: EmbeddedDesk, column) -> list[object]:
    with desk.database.reading() as session:
        return sorted(session.scalars(select(column)))


def test_every_job_runs_on_both(desk: EmbeddedDesk, clock):
    names = ["changes", "idempotency", "sessions", "sign-ins"]
    if desk.database.dialect == "sqlite":
        names.insert(4, "sqlite")
    assert sorted(outcomes(desk, clock)) == names
    assert outcomes(desk, clock) == {}


def test_sessions_are_forgotten_when_they_have_ended(desk: EmbeddedDesk, clock, settings):
    clean(desk, SignInSession)
    hours = settings.security.session_hours
    early = desk.facade()
    early.sessions.sign_in(NewSession(username="alice", password=PASSWORD))
    clock.forward(hours=hours / 2)
    late = desk.facade()
    late.sessions.sign_in(NewSession(username="bob", password=PASSWORD))
    outcomes(desk, clock)
    assert len(left(desk, SignInSession.id)) == 2
    clock.forward(hours=hours / 2 + 0.1)
    assert outcomes(desk, clock)["sessions"] == "1 forgotten"
    assert len(left(desk, SignInSession.id)) == 1
    assert late.sessions.current().user.username == "bob"
    with pytest.raises(SignedOut):
        early.sessions.current()


def test_answers_are_kept_for_as_long_as_calls_may_be_repeated(desk, clock, settings):
    days = settings.security.idempotency_days
    clean(desk, DoneCall)
    with desk.database.writing() as session:
        for age in (days + 0.01, days - 0.01, 0):
            session.add(
                DoneCall(
                    actor_id=1, key_hash=f"{age}", operation="Tickets.open", request_hash="",
                    role="user", at=clock() - timedelta(days=age),
                )
            )  # fmt: skip
    assert outcomes(desk, clock)["idempotency"] == "1 forgotten"
    assert left(desk, DoneCall.key_hash) == sorted([f"{days - 0.01}", "0"])


def test_changes_are_kept_for_a_week_and_the_newest_for_ever(desk: EmbeddedDesk, clock):
    clean(desk, DeskChange)
    with desk.database.writing() as session:
        for age in (9, 8, 6, 5):
            session.add(DeskChange(kind="user", row_id=age, at=clock() - timedelta(days=age)))
            session.flush()
    outcomes(desk, clock)
    assert left(desk, DeskChange.row_id) == [5, 6]
    clock.forward(days=100)
    outcomes(desk, clock)
    assert left(desk, DeskChange.row_id) == [5]


def test_wrong_passwords_are_forgotten_after_a_day(desk: EmbeddedDesk, clock):
    clean(desk, SignInFailure)
    with desk.database.writing() as session:
        for name, hours in (("old", 25), ("young", 23)):
            failure = SignInFailure(username_folded=name, failures=3)
            failure.last_at = clock() - timedelta(hours=hours)
            session.add(failure)
    assert outcomes(desk, clock)["sign-ins"] == "1 forgotten"
    assert left(desk, SignInFailure.username_folded) == ["young"]


def test_the_log_of_a_file_is_emptied(embedded: EmbeddedDesk, clock, sign_in: SignIn):
    sign_in("alice").tickets.open(NewTicket(subject="a", description="b" * 100_000))
    database = embedded.database
    assert isinstance(database, SqliteManager)
    log = log_of(database.path)
    before = log.stat().st_size
    said = outcomes(embedded, clock)["sqlite"]
    assert int(said.removeprefix("tidied, ").removesuffix(" KB of log")) > 100
    # What is left are the notes of the jobs that ended since.
    assert before > 100_000 > log.stat().st_size


def test_a_window_that_reads_is_not_waited_for(embedded, clock, sign_in: SignIn):
    database = embedded.database
    with closing(database.connect()) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM ticket").fetchone()
        sign_in("alice").tickets.open(NewTicket(subject="a"))
        by_name = {outcome.name: outcome for outcome in JobRunner(embedded, clock=clock).run_due()}
    assert isinstance(by_name["sqlite"], Outcome)
    assert not by_name["sqlite"].is_failure
