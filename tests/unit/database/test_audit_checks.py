# SPDX-License-Identifier: GPL-3.0-or-later
"""The chain of the audit log: nothing can be changed, and what was is found and named."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core.errors import DeskError
from helpdesk.core.schemas.audit import AuditQuery
from helpdesk.database.audit_checks import Head
from helpdesk.database.checks import examine, rebuild
from helpdesk.database.db_manager import DbManager
from helpdesk.database.sqlite_manager import SqliteManager
from tests.matrix import LOCAL_POSTGRESQL, LOCAL_SQLITE
from tests.taking_out import take_out

pytestmark = pytest.mark.desk_kinds(LOCAL_SQLITE, LOCAL_POSTGRESQL)
ENTRIES = 12
_LETTING = {
    True: ("DROP TRIGGER audit_entry_no_update", "DROP TRIGGER audit_entry_no_delete"),
    False: ("ALTER TABLE audit_entry DISABLE TRIGGER USER",),
}
_COLUMNS = (
    "at, action, actor_id, actor_name, by_key, source, about, about_id, about_name, changes,"
    " names_folded, digest"
)
_PUT_IN = (
    f"INSERT INTO audit_entry (id, {_COLUMNS})"  # noqa: S608 - our own names
    f" SELECT {{number}}, {_COLUMNS} FROM audit_entry WHERE id = 4"
)


@pytest.fixture
def logged(embedded: EmbeddedDesk) -> EmbeddedDesk:
    """Return a desk with a known number of entries in its log, by nobody but the program."""
    begin_anew(embedded.database)
    system = embedded.as_system()
    for number in range(ENTRIES):
        take_out(system, f"Žofie’s {number}")
    return embedded


def begin_anew(database: DbManager) -> None:
    """Take out of the log how the desk was made, and guard it as before."""
    with database.writing() as session:
        if not isinstance(database, SqliteManager):
            session.execute(text("ALTER TABLE audit_entry DISABLE TRIGGER USER"))
            session.execute(text("DELETE FROM audit_entry"))
            session.execute(text("ALTER TABLE audit_entry ENABLE TRIGGER USER"))
            return
        asked = "SELECT name, sql FROM sqlite_master WHERE tbl_name = 'audit_entry'"
        guards = session.execute(text(f"{asked} AND type = 'trigger'")).all()
        for name, _ in guards:
            session.execute(text(f"DROP TRIGGER {name}"))
        session.execute(text("DELETE FROM audit_entry"))
        for _, made in guards:
            session.execute(text(made))


def tampered(desk: EmbeddedDesk, *statements: str) -> None:
    """Change the log as only who owns the database can."""
    is_file = isinstance(desk.database, SqliteManager)
    with desk.database.writing() as session:
        for statement in (*_LETTING[is_file], *statements):
            session.execute(text(statement))


@pytest.mark.parametrize(
    "deed", ["UPDATE audit_entry SET actor_name = 'x' WHERE id = 3", "DELETE FROM audit_entry"]
)
def test_the_database_refuses_to_change_an_entry(logged: EmbeddedDesk, deed: str):
    with (
        pytest.raises((DatabaseError, DeskError), match="only added"),
        logged.database.writing() as session,
    ):
        session.execute(text(deed))
    found = examine(logged.database)
    assert found.findings == ()
    assert found.audit is not None
    assert found.audit.number == ENTRIES


def test_an_untouched_chain_ends_with_the_newest_entry(logged: EmbeddedDesk):
    newest = logged.as_system().audit.search(AuditQuery(limit=1)).items[0]
    assert examine(logged.database).audit == Head(ENTRIES, newest.digest)


@pytest.mark.parametrize(
    ("statements", "sentence"),
    [
        (["UPDATE audit_entry SET source = 'x' WHERE id = 5"], "entry 5 is not what was written"),
        (["UPDATE audit_entry SET actor_id = 1 WHERE id = 1"], "entry 1 is not what was written"),
        (["UPDATE audit_entry SET at = at + 1 WHERE id = 12"], "entry 12 is not what was written"),
        (["DELETE FROM audit_entry WHERE id = 7"], "entry 7 is missing"),
        (["DELETE FROM audit_entry WHERE id IN (1, 2, 9)"], "entries 1 to 2 and 9 are missing"),
        (
            [
                "UPDATE audit_entry SET id = 99 WHERE id = 5",
                "UPDATE audit_entry SET id = 5 WHERE id = 6",
                "UPDATE audit_entry SET id = 6 WHERE id = 99",
            ],
            "entries 5 to 6 are put into another order",
        ),
        ([_PUT_IN.format(number=13)], "entry 13 is not what was written"),
        (
            [_PUT_IN.format(number=13), "UPDATE audit_entry SET source = 'x' WHERE id = 13"],
            "entry 13 is not what was written",
        ),
        (
            [
                "UPDATE audit_entry SET id = id + 100 WHERE id > 8",
                "UPDATE audit_entry SET id = id - 99 WHERE id > 100",
                _PUT_IN.format(number=9),
                "UPDATE audit_entry SET source = 'x' WHERE id = 9",
            ],
            "entry 9 is not what was written",
        ),
        (
            ["UPDATE audit_entry SET names_folded = ' mallory' WHERE id = 2"],
            "entry 2 is not found by the names in it",
        ),
    ],
    ids=[
        "changed", "first", "last", "missing", "several missing", "reordered", "repeated",
        "put on top", "put in between", "hidden from the search",
    ],
)  # fmt: skip
def test_whatever_breaks_the_chain_is_named(
    logged: EmbeddedDesk, statements: list[str], sentence: str
):
    tampered(logged, *statements)
    found = examine(logged.database)
    assert any(sentence in each for each in found.findings), found.findings
    assert all("compare it with a backup" in each for each in found.findings)
    # What does not fit is evidence: a repair leaves it as it is.
    assert not found.can_be_mended
    rebuild(logged.database)
    assert examine(logged.database).findings == found.findings


def test_one_changed_entry_of_which_the_digest_is_right_breaks_the_next(logged: EmbeddedDesk):
    tampered(
        logged, f"UPDATE audit_entry SET digest = '{'a' * 64}' WHERE id = 5"  # noqa: S608
    )  # fmt: skip
    (finding,) = examine(logged.database).findings
    assert "entries 5 to 6 are not what was written" in finding


def test_a_log_that_was_shortened_is_found_by_the_end_that_was_kept(logged: EmbeddedDesk):
    kept = examine(logged.database).audit
    assert kept is not None
    take_out(logged.as_system())
    assert examine(logged.database, kept=kept).findings == ()
    tampered(logged, "DELETE FROM audit_entry WHERE id >= 12")
    assert examine(logged.database).findings == ()
    (finding,) = examine(logged.database, kept=kept).findings
    assert f"holds no entry {ENTRIES} with the digest" in finding


def test_ever_so_many_broken_entries_are_counted(logged: EmbeddedDesk):
    system = logged.as_system()
    for _ in range(70):
        take_out(system)
    tampered(logged, "UPDATE audit_entry SET source = 'x'")
    (finding,) = examine(logged.database).findings
    assert "entries 1 to 60 and 22 more are not what was written" in finding
