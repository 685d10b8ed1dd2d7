# SPDX-License-Identifier: GPL-3.0-or-later
"""What is read from the history is the same on both databases, and can be learnt anew."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from helpdesk.core.schemas.triage import SuggestedField
from helpdesk.database.checks import examine, rebuild
from helpdesk.database.db_manager import DbManager, database_at
from helpdesk.database.sqlite_manager import SqliteManager
from helpdesk.models import Ticket
from helpdesk.repositories.triage import TriageRepository
from helpdesk.services.catching_up import fit, learn_waiting, needs_fit
from helpdesk.services.learning import FIELDS, Learning
from helpdesk.services.readings import Reading, Subject, said_in
from tests.matrix import LOCAL_SQLITE
from tests.places import postgres_copy
from tests.unit.services.learning_desks import SOLVED, TOPICS, fill, taught, text_of

pytestmark = pytest.mark.desk_kinds(LOCAL_SQLITE)

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
Both = tuple[DbManager, DbManager]


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory, template: Path) -> Iterator[Both]:
    """Return two desks that have learnt the same, only to be read."""
    place = tmp_path_factory.mktemp("learnt")
    shutil.copy(template, place / "desk.db")
    with postgres_copy(template) as url:
        databases = (SqliteManager(place / "desk.db"), database_at(url))
        for database in databases:
            taught(database, NOW)
        yield databases
        for database in databases:
            database.dispose()


@pytest.fixture
def alone(tmp_path: Path, template: Path) -> Iterator[DbManager]:
    """Return a desk with solved tickets that nobody has learnt from."""
    shutil.copy(template, tmp_path / "desk.db")
    database = SqliteManager(tmp_path / "desk.db")
    fill(database, NOW)
    yield database
    database.dispose()


def read(database: DbManager, subject: str, description: str) -> list[object]:
    """Return all that a text leads to."""
    with database.reading() as session:
        reading = Reading(TriageRepository(session), Subject(subject, description, NOW))
        near = [(each.ticket.id, each.likeness.percent) for each in reading.neighbours[:30]]
        words = [each.likeness.words for each in reading.neighbours[:30]]
        shares = [
            {label: round(share, 5) for label, share in reading.shares(field).items()}
            for field in FIELDS
        ]
        own = [each.ticket.id for each in reading.own_neighbours(1, 10)]
    return [near, words, shares, own]


def test_both_databases_find_the_same_tickets_labels_and_people(both: Both):
    dice = random.Random(7)  # noqa: S311 - the same texts in each run
    for _ in range(3):
        for topic in TOPICS:
            asked = text_of(topic, dice)
            here, there = (read(database, *asked) for database in both)
            assert here == there
            assert here[0] != []


def test_both_databases_fit_the_same_thresholds(both: Both):
    fits = []
    for database in both:
        with database.reading() as session:
            fits.append(TriageRepository(session).fits())
    assert fits[0] == fits[1]
    assert set(fits[0]) == set(FIELDS)
    assert fits[0][SuggestedField.CATEGORY].threshold < 1


def test_plain_text_has_the_words_of_the_search(both: Both):
    dice = random.Random(3)  # noqa: S311 - the same texts in each run
    letters = [chr(code) for code in range(1, 128)] + ["ä", "é", "Ж", "‿"]
    texts = [("".join(dice.choices(letters, k=40)), "") for _ in range(300)]
    found = said_in(texts)
    with_accent = said_in([(subject + " ä", "") for subject, _ in texts])
    assert [words[:-1] for words in with_accent] == found


def test_what_waits_is_learnt_once(alone: DbManager):
    assert needs_fit(alone, NOW) is False
    assert learn_waiting(alone, NOW) == SOLVED
    assert learn_waiting(alone, NOW) == 0
    with alone.reading() as session:
        triage = TriageRepository(session)
        assert (triage.count_learnt(), triage.count_waiting()) == (SOLVED, 0)


def test_suggestions_are_measured_again_after_a_day_or_by_many_more(alone: DbManager):
    with alone.writing() as session:
        Learning(TriageRepository(session), NOW).learn_newest(110)
    assert needs_fit(alone, NOW)
    assert fit(alone, NOW, trials=60) > 0
    # The rest of what could be measured is more than twice as much.
    learn_waiting(alone, NOW)
    assert needs_fit(alone, NOW)
    fit(alone, NOW)
    assert not needs_fit(alone, NOW + timedelta(hours=23))
    assert needs_fit(alone, NOW + timedelta(hours=24))


def test_a_ticket_is_measured_by_older_ones_alone(alone: DbManager):
    learn_waiting(alone, NOW)
    with alone.reading() as session:
        triage = TriageRepository(session)
        ticket = session.get(Ticket, 100)
        assert ticket is not None
        reading = Reading(triage, Subject.in_its_time(ticket))
        assert {each.ticket.id for each in reading.neighbours} <= set(range(1, 100))


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE triage_term SET category = x'00' WHERE bucket = 262144",
        "DELETE FROM triage_ticket WHERE ticket_id = 7",
        "DELETE FROM triage_term WHERE bucket = 262144",
    ],
)
def test_what_is_learnt_badly_is_found_and_learnt_anew(alone: DbManager, damage: str):
    learn_waiting(alone, NOW)
    fit(alone, NOW)
    assert examine(alone).findings == ()
    with alone.writing() as session:
        session.execute(text(damage))
    soundness = examine(alone)
    assert soundness.can_be_mended
    assert "has learnt of its tickets" in soundness.findings[0]
    rebuild(alone)
    assert examine(alone).findings == ()
    assert learn_waiting(alone, NOW) == SOLVED


def test_mending_something_else_leaves_what_is_learnt(alone: DbManager):
    learn_waiting(alone, NOW)
    rebuild(alone)
    assert learn_waiting(alone, NOW) == 0
