# SPDX-License-Identifier: GPL-3.0-or-later
"""The recurring jobs: they forget what nobody needs any more, remind, and keep the file tidy."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime, timedelta

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core.permissions import SYSTEM
from helpdesk.core.schemas.trash import KEPT_DAYS
from helpdesk.database.sqlite_manager import SqliteManager, log_of
from helpdesk.repositories.article_figures import ArticleFigureRepository
from helpdesk.repositories.articles import ArticleRepository
from helpdesk.repositories.assistant import CALLS_KEPT_FOR, KEPT_FOR, AssistantRepository
from helpdesk.repositories.attachments import AttachmentRepository
from helpdesk.repositories.conversations import ConversationRepository
from helpdesk.repositories.deeds import DeedRepository
from helpdesk.repositories.desk_changes import ARTICLE_DRAFT, DeskChangeRepository
from helpdesk.repositories.facts import SECURITY_SETTINGS, FactRepository
from helpdesk.repositories.idempotency import IdempotencyRepository
from helpdesk.repositories.jobs import JobRepository
from helpdesk.repositories.notifications import NotificationRepository
from helpdesk.repositories.outbox import OutboxRepository
from helpdesk.repositories.pending_sign_ins import PendingSignInRepository
from helpdesk.repositories.resets import ResetRepository
from helpdesk.repositories.sessions import SessionRepository
from helpdesk.repositories.sign_in_failures import (
    FAILURES_KEPT,
    SOURCES_KEPT,
    SignInFailureRepository,
)
from helpdesk.repositories.single_sign_ons import SingleSignOnRepository
from helpdesk.repositories.trash_contents import TrashContents
from helpdesk.services.attachments import KEPT_UNATTACHED
from helpdesk.services.security_setup import security_of

CHANGES_KEPT = timedelta(days=7)
"""A window that has not looked for longer loads everything anew."""

RESETS_KEPT = timedelta(days=2)
"""Longer than any code counts."""

READ_AT_ONCE, FORGOTTEN_AT_ONCE = 50_000, 2_000
"""So many old rows are looked up at once, and so many of them go within one transaction."""

FILES_AT_ONCE = 20
"""So many files go within one transaction: each may have very many pieces."""

REVIEWS = "reviews"
_REMINDED_OF = timedelta(days=1)
"""At least so far back a reminder looks: a clock may have been set, and twice does no harm."""

# A window that holds the log back is not waited for: there is another night.
_MILLISECONDS_WAITED = 500
_EVERY_TABLE = 0x10002


def forget_sessions(desk: EmbeddedDesk, now: datetime) -> int:
    """Forget the sessions that have ended or that were not used for too long."""
    with desk.database.writing() as session:
        kept = FactRepository(session).get(SECURITY_SETTINGS)
        rules = security_of(desk.settings.security, kept)
        return SessionRepository(session).forget_before(
            now,
            unused_since=now - timedelta(hours=rules.session_hours),
            begun_since=now - timedelta(days=rules.session_days),
        )


def forget_sign_in_steps(desk: EmbeddedDesk, now: datetime) -> int:
    """Forget sign-ins that nobody has gone on with, and who asked for a way back."""
    with desk.database.writing() as session:
        steps = PendingSignInRepository(session).forget_before(now)
        steps += SingleSignOnRepository(session).forget_before(now)
        return steps + ResetRepository(session).forget_before(now - RESETS_KEPT)


def forget_answers(desk: EmbeddedDesk, now: datetime) -> int:
    """Forget the calls that nobody may repeat any more."""
    kept = timedelta(days=desk.settings.security.idempotency_days)
    with desk.database.writing() as session:
        return IdempotencyRepository(session).forget_before(now - kept)


def forget_changes(desk: EmbeddedDesk, now: datetime) -> int:
    """Forget what changed so long ago that every open window has heard of it."""
    with desk.database.writing() as session:
        return DeskChangeRepository(session, SYSTEM).forget_before(now - CHANGES_KEPT)


def forget_sign_in_failures(desk: EmbeddedDesk, now: datetime) -> int:
    """Forget the wrong passwords of names, and from where people signed in, after a month."""
    with desk.database.writing() as session:
        sign_ins = SignInFailureRepository(session)
        sources = sign_ins.forget_sources_before(now - SOURCES_KEPT)
        return sources + sign_ins.forget_before(now - FAILURES_KEPT)


def forget_assistant(desk: EmbeddedDesk, now: datetime) -> int:
    """Forget answers too old to be given again, figures after a year, and old conversations."""
    talked = now - timedelta(days=desk.settings.assistant.conversation_days)
    with desk.database.writing() as session:
        assistant = AssistantRepository(session)
        answers = assistant.forget_answers_before(now - KEPT_FOR)
        calls = assistant.forget_calls_before(now - CALLS_KEPT_FOR)
        return answers + calls + ConversationRepository(session, SYSTEM).forget_before(talked)


def forget_attachments(desk: EmbeddedDesk, now: datetime) -> int:
    """Forget the files that nobody has put on a ticket or a comment within a day."""
    forgotten = 0
    while True:
        with desk.database.writing() as session:
            attachments = AttachmentRepository(session, SYSTEM)
            ids = attachments.unattached(now - KEPT_UNATTACHED, FILES_AT_ONCE)
            forgotten += attachments.forget(ids)
        if len(ids) < FILES_AT_ONCE:
            return forgotten


def empty_trash(desk: EmbeddedDesk, now: datetime) -> int:
    """Delete for good what was deleted 30 days ago, and forget the deeds of that time.

    Each ticket goes by itself, so that others can write between.
    """
    before, gone = now - timedelta(days=KEPT_DAYS), 0
    with desk.database.reading() as session:
        ids = TrashContents(session, SYSTEM).old_ids(before, FORGOTTEN_AT_ONCE)
    for ticket_id in ids:
        with desk.database.writing() as session:
            gone += TrashContents(session, SYSTEM).purge(ticket_id)
    with desk.database.writing() as session:
        TrashContents(session, SYSTEM).forget_numbers()
    more = True
    while more:
        with desk.database.writing() as session:
            more = DeedRepository(session).sweep(before)
    return gone


def forget_misses(desk: EmbeddedDesk, _now: datetime) -> int:
    """Forget the oldest searches that found no article, beyond those that are kept."""
    with desk.database.writing() as session:
        return ArticleFigureRepository(session).forget_misses()


def forget_notifications(desk: EmbeddedDesk, now: datetime) -> int:
    """Forget what people were told long ago, and the messages that have left the desk.

    There may be very many: they go in turns, between which others can write.
    """
    return sum(
        _forget_in_turns(desk, now, kind) for kind in (NotificationRepository, OutboxRepository)
    )


def _forget_in_turns(
    desk: EmbeddedDesk, now: datetime, kind: type[NotificationRepository | OutboxRepository]
) -> int:
    forgotten = 0
    while True:
        with desk.database.reading() as session:
            ids = kind(session).forgettable(now, READ_AT_ONCE)
        for first in range(0, len(ids), FORGOTTEN_AT_ONCE):
            with desk.database.writing() as session:
                turn = ids[first : first + FORGOTTEN_AT_ONCE]
                forgotten += kind(session).forget(turn)
        if len(ids) < READ_AT_ONCE:
            return forgotten


def remind_of_reviews(desk: EmbeddedDesk, now: datetime) -> int:
    """Let open windows count again what waits for whom, where a review has become due.

    A window that is opened later counts anyway.
    """
    with desk.database.reading() as session:
        reminder = JobRepository(session).states().get(REVIEWS)
        last = reminder.last_ran_at if reminder else None
        since = min(last or now, now - _REMINDED_OF)
        ids = ArticleRepository(session, SYSTEM).became_due(since, now)
    if ids:
        with desk.database.writing() as session:
            DeskChangeRepository(session, SYSTEM).record(ARTICLE_DRAFT, ids, now)
    return len(ids)


def tidy_sqlite(desk: EmbeddedDesk, _now: datetime) -> int:
    """Let SQLite look at its statistics and empty the log; return how many KB that held."""
    database = desk.database
    if not isinstance(database, SqliteManager):
        return 0
    with database.steady(), closing(database.connect()) as connection:
        connection.execute(f"PRAGMA busy_timeout={_MILLISECONDS_WAITED}")
        connection.execute("PRAGMA analysis_limit=1000")
        connection.execute(f"PRAGMA optimize={_EVERY_TABLE}")
        log = log_of(database.path)
        held = log.stat().st_size if log.exists() else 0
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return held // 1024
