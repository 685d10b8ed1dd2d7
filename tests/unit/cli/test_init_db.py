# SPDX-License-Identifier: GPL-3.0-or-later
"""``helpdesk init-db``: a desk with one admin, or a demo desk, and never half of one."""

from __future__ import annotations

import re

import psycopg
import pytest

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core import settings as settings_module
from helpdesk.core.errors import NewPasswordDue
from helpdesk.core.paths import DataFolder
from helpdesk.core.schemas.articles import ArticleQuery, ArticleState
from helpdesk.core.schemas.tickets import DEFAULT_CATEGORIES, TicketQuery
from helpdesk.core.schemas.users import NewSession, Role, UserQuery
from tests.unit.cli.conftest import Run

_ACCOUNT = re.compile(r"^(\w+)  (\w+)  (\S+)$")
_ADMIN = re.compile(r"^Sign in as admin with (\S+);")


def opened(path) -> EmbeddedDesk:
    folder = DataFolder(path)
    return EmbeddedDesk.open(folder, settings_module.load(folder))


def accounts(lines) -> dict[str, tuple[str, str]]:
    found = filter(None, map(_ACCOUNT.match, lines))
    return {match[1]: (match[2], match[3]) for match in found}


def admin_password(lines) -> str:
    (match,) = filter(None, map(_ADMIN.match, lines))
    return str(match[1])


def test_the_admin_signs_in_once_with_what_is_printed(run_in: Run, tmp_path):
    outcome = run_in(tmp_path / "new", "init-db")
    assert outcome.code == 0
    assert accounts(outcome.lines) == {}
    password = admin_password(outcome.lines)
    desk = opened(tmp_path / "new")
    with pytest.raises(NewPasswordDue):
        desk.facade().sessions.sign_in(NewSession(username="admin", password=password))
    signed_in = desk.facade()
    signed_in.sessions.sign_in(
        NewSession(username="admin", password=password, new_password="a better one of my own")
    )
    assert [c.name for c in signed_in.tickets.categories()] == list(DEFAULT_CATEGORIES)
    assert not signed_in.desks.info().demo
    assert signed_in.articles.categories() == ()
    assert signed_in.articles.search(ArticleQuery(states=tuple(ArticleState))).items == ()
    desk.close()


def test_two_desks_have_two_passwords(run_in: Run, tmp_path):
    first, second = (admin_password(run_in(tmp_path / name, "init-db").lines) for name in "ab")
    assert first != second


def test_only_the_owner_can_read_the_desk(run_in: Run, tmp_path):
    run_in(tmp_path / "new", "init-db")
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700
    files = list((tmp_path / "new").iterdir())
    assert [file.name for file in files] == ["helpdesk.db"]
    assert files[0].stat().st_mode & 0o777 == 0o600


def test_a_desk_is_never_overwritten(run: Run, folder: DataFolder):
    before = folder.database.read_bytes()
    outcome = run("init-db")
    assert outcome.code == 1
    assert outcome.err.startswith("There is already a desk at")
    assert run("init-db", "--demo").code == 1
    assert folder.database.read_bytes() == before


def test_if_missing_leaves_a_desk_alone(run: Run, folder: DataFolder):
    before = folder.database.read_bytes()
    assert run("init-db", "--demo", "--if-missing").code == 0
    assert folder.database.read_bytes() == before


def test_if_missing_makes_a_desk_where_there_is_none(run_in: Run, tmp_path):
    assert run_in(tmp_path / "new", "init-db", "--if-missing").code == 0
    assert opened(tmp_path / "new").as_system().users.search(UserQuery()).items


def test_an_empty_file_is_no_desk(run_in: Run, tmp_path):
    (tmp_path / "helpdesk.db").touch()
    assert run_in(tmp_path, "init-db").code == 0
    assert run_in(tmp_path, "check-db").code == 0


@pytest.mark.parametrize("remains", ["helpdesk.db-wal", "helpdesk.db-journal"])
def test_the_log_of_another_desk_is_not_played_in(run_in: Run, tmp_path, remains):
    (tmp_path / remains).write_bytes(b"frames of a desk that was deleted")
    outcome = run_in(tmp_path, "init-db")
    assert outcome.code == 1
    assert remains in outcome.err
    assert [file.name for file in tmp_path.iterdir()] == [remains]


def test_a_demo_desk_offers_its_accounts(run_in: Run, tmp_path):
    outcome = run_in(tmp_path, "init-db", "--tickets", "90", "--seed", "7")
    found = accounts(outcome.lines)
    roles = {name: role for name, (role, _) in found.items()}
    assert roles == {"alice": "user", "bob": "technician", "charlie": "manager", "dana": "admin"}
    passwords = {password for _, password in found.values()}
    assert len(passwords | {admin_password(outcome.lines)}) == 5
    desk = opened(tmp_path)
    info = desk.facade().desks.info()
    assert info.demo
    assert {a.username: (a.role.value, a.password) for a in info.demo_accounts} == found
    for account in info.demo_accounts:
        signed_in = desk.facade()
        signed_in.sessions.sign_in(NewSession(username=account.username, password=account.password))
        assert signed_in.sessions.current().user.role is account.role
    assert desk.as_system().tickets.count(TicketQuery()).count == 90
    desk.close()


def test_the_demo_password_can_be_chosen(run_in: Run, tmp_path, monkeypatch):
    monkeypatch.setenv("HELPDESK_DEMO_PASSWORD", "show me around")
    outcome = run_in(tmp_path, "init-db", "--demo", "--tickets", "0")
    assert [line for line in outcome.lines if line.endswith("  show me around")] == [
        f"{name}  {role}  show me around"
        for name, role in zip(("alice", "bob", "charlie", "dana"), Role, strict=True)
    ]
    assert admin_password(outcome.lines) != "show me around"


def test_a_demo_password_that_cannot_be_one_leaves_nothing(run_in: Run, tmp_path, monkeypatch):
    monkeypatch.setenv("HELPDESK_DEMO_PASSWORD", "x" * 2000)
    outcome = run_in(tmp_path, "init-db", "--demo")
    assert outcome.code == 1
    assert "1024 bytes" in outcome.err
    assert list(tmp_path.iterdir()) == []


# --- a desk on PostgreSQL ---------------------------------------------------------------------


@pytest.fixture
def on_postgres(empty_database: str, run_in: Run, tmp_path, monkeypatch) -> Run:
    """Return a function that runs a command with the settings naming an empty database."""
    monkeypatch.setenv("HELPDESK_DATABASE__URL", empty_database)
    return lambda *arguments: run_in(tmp_path, *arguments)


def test_a_desk_is_made_in_a_database(on_postgres: Run, tmp_path):
    outcome = on_postgres("init-db")
    assert outcome.code == 0
    assert "The desk is ready in the database test_" in outcome.out
    assert not (tmp_path / "helpdesk.db").exists()
    desk = opened(tmp_path)
    with pytest.raises(NewPasswordDue):
        desk.facade().sessions.sign_in(
            NewSession(username="admin", password=admin_password(outcome.lines))
        )
    categories = desk.as_system().tickets.categories()
    assert sorted(c.name for c in categories) == sorted(DEFAULT_CATEGORIES)
    desk.close()
    again = on_postgres("init-db")
    assert again.code == 1
    assert again.err.startswith("There is already a desk in the database")
    missing = on_postgres("init-db", "--if-missing")
    assert missing.code == 0
    assert missing.out.startswith("There is already a desk in the database")


def test_a_demo_desk_is_made_in_a_database(on_postgres: Run, tmp_path):
    outcome = on_postgres("init-db", "--tickets", "90", "--seed", "7")
    assert outcome.code == 0
    found = accounts(outcome.lines)
    assert list(found) == ["alice", "bob", "charlie", "dana"]
    desk = opened(tmp_path)
    assert desk.as_system().tickets.count(TicketQuery()).count == 90
    articles = desk.as_system().articles
    assert len(articles.search(ArticleQuery(states=tuple(ArticleState), limit=100)).items) == 40
    assert articles.broken_links() == ()
    found_by_words = articles.search(ArticleQuery(text="vpn from home")).items
    assert "Connect to the VPN from home" in [row.title for row in found_by_words]
    for name, (_, password) in found.items():
        desk.facade().sessions.sign_in(NewSession(username=name, password=password))
    desk.close()
    assert list(tmp_path.iterdir()) == []
    again = on_postgres("init-db", "--demo")
    assert again.code == 1
    assert again.err.startswith("There is already a desk in the database")


def test_a_demo_desk_that_fails_leaves_the_database_empty(
    on_postgres: Run, empty_database, tmp_path, monkeypatch
):
    monkeypatch.setenv("HELPDESK_DEMO_PASSWORD", "x" * 2000)
    assert on_postgres("init-db", "--demo").code == 1
    with psycopg.connect(empty_database) as connection:
        tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
        assert connection.execute(tables).fetchone() == (0,)
    monkeypatch.delenv("HELPDESK_DEMO_PASSWORD")
    assert on_postgres("init-db").code == 0


def test_no_tickets_are_made_for_a_database_that_is_taken(
    on_postgres: Run, monkeypatch: pytest.MonkeyPatch
):
    assert on_postgres("init-db").code == 0
    monkeypatch.setattr("helpdesk.commands.init_db.fill_demo_desk", lambda *_, **__: 1 / 0)
    assert on_postgres("init-db", "--demo").code == 1
