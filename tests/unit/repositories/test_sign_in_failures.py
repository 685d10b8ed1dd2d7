# SPDX-License-Identifier: GPL-3.0-or-later
"""The counts of wrong passwords, and the sources that are known: kept a month, not longer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.models import SignInFailure, SignInSource
from helpdesk.models.sign_in_failure import CEILING, STRANGERS, name_digest
from helpdesk.repositories.sign_in_failures import SignInFailureRepository

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MONTH = timedelta(days=30)
SECOND = timedelta(seconds=1)
ALICE, ERIN = 1, 2


@pytest.fixture
def session(embedded: EmbeddedDesk) -> Iterator[Session]:
    with embedded.database.writing() as found:
        yield found


NAMES = ("old", "оld", "alice", "bob", "new", "other", "reached", "below")


@pytest.fixture
def sign_ins(session: Session) -> SignInFailureRepository:
    return SignInFailureRepository(session)


def count(sign_ins: SignInFailureRepository, name: str, source: str, at: datetime) -> None:
    (failure,) = sign_ins.counts(name, [source], at)
    sign_ins.count(failure, at)


def kept(session: Session) -> dict[tuple[str, str], int]:
    """Return the counts by name, none of which is kept itself, and source."""
    session.flush()
    found = session.scalars(select(SignInFailure)).all()
    names = {name_digest(name): name for name in NAMES}
    return {(names[each.username_folded], each.source): each.failures for each in found}


def test_counts_are_by_name_and_source(session: Session, sign_ins: SignInFailureRepository):
    for name, source in (
        ("Old", "here"),
        ("OLD ", "here"),
        ("old", "there"),
        ("ОLD", "here"),  # a Cyrillic letter: another name
    ):
        count(sign_ins, name, source, NOON)
        session.flush()
    assert kept(session) == {("old", "here"): 2, ("old", "there"): 1, ("оld", "here"): 1}


def test_counts_are_forgotten_for_one_source_or_for_all(
    session: Session, sign_ins: SignInFailureRepository
):
    for source in ("here", "there", STRANGERS):
        count(sign_ins, "alice", source, NOON)
        count(sign_ins, "bob", source, NOON)
    session.flush()
    sign_ins.forget("ALICE", "here", STRANGERS)
    left = {("bob", source): 1 for source in ("here", "there", STRANGERS)}
    assert kept(session) == left | {("alice", "there"): 1}
    sign_ins.forget("alice")
    assert kept(session) == left


def test_counts_are_forgotten_after_a_month_without_a_try(
    session: Session, sign_ins: SignInFailureRepository
):
    count(sign_ins, "old", "here", NOON)
    count(sign_ins, "new", "here", NOON + SECOND)
    session.flush()
    count(sign_ins, "other", "here", NOON + MONTH)
    assert len(kept(session)) == 3
    count(sign_ins, "other", "here", NOON + MONTH + SECOND)
    assert kept(session) == {("new", "here"): 1, ("other", "here"): 2}


def test_a_ceiling_that_is_reached_is_never_forgotten_by_itself(
    session: Session, sign_ins: SignInFailureRepository
):
    for name, source, failures in (
        ("reached", STRANGERS, CEILING),
        ("reached", "here", CEILING),
        ("below", STRANGERS, CEILING - 1),
    ):
        session.add(
            SignInFailure(
                username_folded=name_digest(name), source=source, failures=failures, last_at=NOON
            )
        )
    session.flush()
    assert sign_ins.forget_before(NOON + 100 * MONTH) == 2
    assert kept(session) == {("reached", STRANGERS): CEILING}


def test_a_very_long_name_is_counted_like_any_other(
    session: Session, sign_ins: SignInFailureRepository
):
    for _ in range(2):
        count(sign_ins, "ﷺ" * 200, "here", NOON)
        session.flush()
    mine, other = sign_ins.counts("ﷺ" * 200, ["here", "there"], NOON)
    assert (mine.failures, other.failures) == (2, 0)


def test_a_source_is_known_for_a_month(session: Session, sign_ins: SignInFailureRepository):
    sign_ins.know(ALICE, "here", NOON)
    session.flush()
    sign_ins.know(ALICE, "here", NOON + SECOND)
    session.flush()
    assert sign_ins.is_known(" ALICE", "here", NOON + MONTH + SECOND)
    assert not sign_ins.is_known("alice", "here", NOON + MONTH + 2 * SECOND)
    assert not sign_ins.is_known("alice", "here", NOON - MONTH)
    assert not sign_ins.is_known("alice", "there", NOON)
    assert not sign_ins.is_known("erin", "here", NOON)
    assert not sign_ins.is_known("nobody", "here", NOON)


def test_sources_are_forgotten(session: Session, sign_ins: SignInFailureRepository):
    for person in (ALICE, ERIN):
        for at, source in enumerate(("first", "second", "third")):
            sign_ins.know(person, source, NOON + at * SECOND)
    session.flush()
    assert sign_ins.forget_sources_before(NOON + SECOND) == 2
    sign_ins.forget_sources(ALICE, but="second")
    found = session.execute(select(SignInSource.user_id, SignInSource.source_hash)).all()
    assert sorted(map(tuple, found)) == [(ALICE, "second"), (ERIN, "second"), (ERIN, "third")]
    sign_ins.forget_sources(ERIN)
    assert session.scalars(select(SignInSource.user_id)).all() == [ALICE]
