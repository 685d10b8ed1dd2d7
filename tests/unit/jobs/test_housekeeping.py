# SPDX-License-Identifier: GPL-3.0-or-later
"""What the recurring jobs forget, and what they keep, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core.errors import SignedOut
from helpdesk.core.schemas.articles import (
    ArticleChange,
    ArticleMove,
    ArticleState,
    ArticleView,
    Missed,
    NewArticle,
)
from helpdesk.core.schemas.notifications import DeliveryState, Happening, OutboxChannel
from helpdesk.core.schemas.tickets import Changed, NewTicket
from helpdesk.core.schemas.users import NewSession
from helpdesk.database.db_manager import database_at
from helpdesk.database.sqlite_manager import SqliteManager, log_of
from helpdesk.jobs import housekeeping
from helpdesk.jobs.runner import JobRunner, Outcome
from helpdesk.jobs.schedule import jobs_of
from helpdesk.models import (
    ArticleMiss,
    DeskChange,
    DoneCall,
    Notification,
    OutboxMessage,
    SignInFailure,
    SignInSession,
    SignInSource,
    TrashedTicket,
)
from tests.conftest import PASSWORD, SettableClock, SignIn
from tests.contract.desks import person
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
    names = {each.name for each in jobs_of(desk)}
    assert {"assistant", "changes", "first responses", "triage"} < names
    assert ("sqlite" in names) == (desk.database.dialect == "sqlite")
    # What only looks for work finds none, but for the figures, which were never counted.
    assert set(outcomes(desk, clock)) == {
        each.name for each in jobs_of(desk) if each.has_work is None or each.name == "figures"
    }
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


def test_wrong_passwords_and_places_are_forgotten_after_a_month(desk: EmbeddedDesk, clock):
    clean(desk, SignInFailure, SignInSource)
    with desk.database.writing() as session:
        for name, days, count in (("old", 31, 3), ("young", 29, 3), ("at the ceiling", 31, 100)):
            failure = SignInFailure(username_folded=name, failures=count)
            failure.last_at = clock() - timedelta(days=days)
            session.add(failure)
            at = clock() - timedelta(days=days)
            session.add(SignInSource(user_id=1, source_hash=name, at=at))
    assert outcomes(desk, clock)["sign-ins"] == "3 forgotten"
    assert left(desk, SignInFailure.username_folded) == ["at the ceiling", "young"]
    assert left(desk, SignInSource.source_hash) == ["young"]


@pytest.mark.parametrize("apart", [0, 1], ids=["of one moment", "one by one"])
def test_the_newest_vain_searches_are_kept(desk: EmbeddedDesk, clock, monkeypatch, apart: int):
    monkeypatch.setattr("helpdesk.repositories.article_figures._MISSES_KEPT", 3)
    searched(desk, clock, ("eins", "zwei", "drei"), apart)
    assert outcomes(desk, clock)["searches"] == "0 forgotten"
    clock.forward(days=1)
    searched(desk, clock, ("eins", "vier"), apart)
    assert outcomes(desk, clock)["searches"] == "1 forgotten"
    kept = left(desk, ArticleMiss.text_folded)
    assert len(kept) == 3
    assert {"eins", "vier"} < set(kept)


def searched(desk: EmbeddedDesk, clock: SettableClock, words: tuple[str, ...], apart: int) -> None:
    reader = person(desk, "alice")
    for word in words:
        reader.knowledge.missed(Missed(text=word))
        clock.forward(seconds=apart)


def due(desk: EmbeddedDesk, at: datetime, title: str = "Old") -> ArticleView:
    return person(desk, "bob").articles.create(NewArticle(title=title, review_due=at))


def reminded(desk: EmbeddedDesk, at: datetime) -> list[int]:
    """Return the articles that the feed told of at a moment."""
    with desk.database.reading() as session:
        found = select(DeskChange.row_id).where(
            DeskChange.kind == "article_draft", DeskChange.at == at
        )
        return sorted(session.scalars(found))


def test_a_review_that_becomes_due_is_told_to_open_windows(desk: EmbeddedDesk, clock):
    outcomes(desk, clock)
    article = due(desk, clock() + timedelta(hours=12))
    later = due(desk, clock() + timedelta(days=9))
    person(desk, "bob").articles.create(NewArticle(title="Never"))
    seen = person(desk, "bob").tickets.changes("").cursor
    clock.forward(days=1)
    assert outcomes(desk, clock)["reviews"] == "1 became due"
    assert reminded(desk, clock()) == [article.id]
    told = person(desk, "bob").tickets.changes(seen).others
    assert told == (Changed(kind="article_draft", ids=(article.id,)),)
    assert person(desk, "alice").tickets.changes(seen).others == ()
    clock.forward(days=8, hours=12)
    assert outcomes(desk, clock)["reviews"] == "1 became due"
    assert reminded(desk, clock()) == [later.id]


def test_what_became_due_while_nothing_ran_is_told_of(desk: EmbeddedDesk, clock):
    outcomes(desk, clock)
    article = due(desk, clock() + timedelta(days=3))
    clock.forward(days=30)
    assert outcomes(desk, clock)["reviews"] == "1 became due"
    assert reminded(desk, clock()) == [article.id]


def test_nobody_is_reminded_of_what_is_archived_or_was_put_off(desk: EmbeddedDesk, clock):
    outcomes(desk, clock)
    bob = person(desk, "bob")
    archived, later = (due(desk, clock() + timedelta(hours=1)) for _ in range(2))
    bob.articles.move(archived.id, ArticleMove(state=ArticleState.ARCHIVED, version=1))
    put_off = ArticleChange(review_due=clock() + timedelta(days=90), version=1)
    bob.articles.save(later.id, put_off)
    clock.forward(days=1)
    assert outcomes(desk, clock)["reviews"] == "0 became due"


def test_a_clock_set_back_does_not_silence_the_reminder(desk: EmbeddedDesk, clock):
    clock.forward(days=300)
    outcomes(desk, clock)
    clock.forward(days=-300)
    due(desk, clock() - timedelta(hours=1))
    assert outcomes(desk, clock)["reviews"] == "1 became due"


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


def told(desk: EmbeddedDesk, at: datetime, title: str, *, read: bool) -> None:
    with desk.database.writing() as session:
        session.add(
            Notification(
                person_id=1, at=at, happening=Happening.UPDATED, title=title, text="", why="",
                read=read,
            )
        )  # fmt: skip


def sent(desk: EmbeddedDesk, at: datetime, state: DeliveryState, key: str) -> None:
    with desk.database.writing() as session:
        session.add(
            OutboxMessage(
                key=key, channel=OutboxChannel.MAIL, state=state, person_id=1, subject="", body="",
                created_at=at, next_try_at=at, problem="",
            )
        )  # fmt: skip


def test_what_people_were_told_is_forgotten_once_it_is_read_and_old(desk: EmbeddedDesk, clock):
    for days in (89, 91, 365, 367):
        for read in (True, False):
            told(desk, clock() - timedelta(days=days), f"{days} {read}", read=read)
    assert outcomes(desk, clock)["notifications"] == "4 forgotten"
    assert left(desk, Notification.title) == ["365 False", "89 False", "89 True", "91 False"]


def test_very_much_is_forgotten_in_turns(desk: EmbeddedDesk, clock, monkeypatch):
    """Nobody waits to write until hundreds of thousands of rows are gone."""
    monkeypatch.setattr(housekeeping, "READ_AT_ONCE", 4)
    monkeypatch.setattr(housekeeping, "FORGOTTEN_AT_ONCE", 2)
    old = clock() - timedelta(days=400)
    for number in range(9):
        told(desk, old, f"{number}", read=False)
        sent(desk, old, DeliveryState.SENT, f"{number}")
    left_over = []

    kinds, writing = (Notification, OutboxMessage), desk.database.writing

    @contextmanager
    def noted():
        with writing() as session:
            yield session
        with desk.database.reading() as session:
            left_over.append(tuple(session.query(kind).count() for kind in kinds))

    monkeypatch.setattr(desk.database, "writing", noted)
    assert housekeeping.forget_notifications(desk, clock()) == 18
    # After each transaction somebody else sees so much less.
    assert left_over == [(n, 9) for n in (7, 5, 3, 1, 0)] + [(0, n) for n in (7, 5, 3, 1, 0)]


def test_purged_tickets_that_keep_their_numbers_hold_up_no_others(
    desk: EmbeddedDesk, clock, monkeypatch
):
    monkeypatch.setattr(housekeeping, "FORGOTTEN_AT_ONCE", 2)
    alice, charlie = (person(desk, name) for name in ("alice", "charlie"))
    opened = [alice.tickets.open(NewTicket(subject="x", category_id=1)).id for _ in range(5)]
    for ticket_id in reversed(opened):
        charlie.trash.delete(ticket_id, charlie.tickets.view(ticket_id).version)
        clock.forward(minutes=1)
    clock.forward(days=31)
    assert [housekeeping.empty_trash(desk, clock()) for _ in range(4)] == [2, 2, 1, 0]
    # The numbers wait for a newer ticket, and are forgotten with the next night.
    assert left(desk, TrashedTicket.ticket_id) == opened
    newer = person(desk, "alice").tickets.open(NewTicket(subject="x", category_id=1)).id
    assert newer > max(opened)
    assert housekeeping.empty_trash(desk, clock()) == 0
    assert left(desk, TrashedTicket.ticket_id) == []


def test_what_left_the_desk_is_forgotten_and_what_did_not_is_kept(desk: EmbeddedDesk, clock):
    for days in (29, 31, 367):
        for state in DeliveryState:
            sent(desk, clock() - timedelta(days=days), state, f"{state} {days}")
    # What waits is left to the job that sends it.
    with desk.database.writing() as session:
        session.execute(update(OutboxMessage).values(digest=True))
    assert outcomes(desk, clock)["notifications"] == "5 forgotten"
    kept = left(desk, OutboxMessage.key)
    assert kept == sorted(
        [f"{state} 29" for state in DeliveryState] + ["waiting 31", "waiting 367", "parked 31"]
    )
