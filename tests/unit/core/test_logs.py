# SPDX-License-Identifier: GPL-3.0-or-later
"""The log: one escaped line a record, its owner's alone, bounded, and free of what people wrote."""

from __future__ import annotations

import logging
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core import logs
from helpdesk.core.errors import DeskError
from helpdesk.core.schemas.tickets import (
    Assignment,
    NewComment,
    NewTicket,
    Reopening,
    TicketChange,
    TicketQuery,
)
from helpdesk.core.schemas.users import (
    Leaving,
    NewSession,
    NewUser,
    PasswordChange,
    UserChange,
    UserQuery,
)
from helpdesk.core.settings import LoggingSettings
from tests.conftest import PASSWORD, SignIn

RECORD = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} [A-Z]+ helpdesk[\w.]* .+")


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    file = tmp_path / "logs" / "helpdesk.log"
    logs.start(file, LoggingSettings(level="DEBUG", megabytes=1, files=2))
    yield file
    logs.stop()
    logging.getLogger("helpdesk").setLevel(logging.NOTSET)


def lines(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8").split("\n")[:-1]


logger = logging.getLogger("helpdesk.trial")

FORGED = "dana\n2026-01-01 00:00:00,000 INFO helpdesk.services Users.change by 6"


@pytest.mark.parametrize(
    "name",
    [
        FORGED, "a\rb", "a\r\nb", "\x1b[31mred\x1b[0m", "a\x00b", "a\x0bb\x0cc", "a\x85b",
        "a\x9b31mb",
        "a\u2028b\u2029c", "\ud800 alone", "x" * 10_000, "😀 ü",
    ],
    ids=ascii,
)  # fmt: skip
def test_a_record_is_one_line_whatever_it_holds(
    log: Path, monkeypatch: pytest.MonkeyPatch, name: str
):
    # A lone surrogate can be written to the log but not sent on in a test report.
    monkeypatch.setattr(logging.getLogger("helpdesk"), "propagate", False)
    logger.warning("Signed in: %s", name)
    (line,) = lines(log)
    assert RECORD.fullmatch(line)
    assert "Signed in: " in line
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]", line)


def test_a_traceback_is_one_line_too(log: Path):
    try:
        raise ValueError(FORGED)
    except ValueError:
        logger.exception("Something went wrong")
    (line,) = lines(log)
    assert RECORD.fullmatch(line)
    assert "Traceback (most recent call last):\\n" in line
    assert "ValueError: dana\\n2026-01-01" in line


def test_a_stack_is_one_line_too(log: Path):
    logger.warning("Blocked", stack_info=True)
    (line,) = lines(log)
    assert "Stack (most recent call last):\\n" in line


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such file modes")
def test_only_the_owner_reads_it_also_when_it_is_rotated(log: Path):
    previous = os.umask(0)
    try:
        for _ in range(300):
            logger.warning("x" * 10_000)
    finally:
        os.umask(previous)
    files = sorted(log.parent.iterdir())
    assert [file.name for file in files] == ["helpdesk.log", "helpdesk.log.1", "helpdesk.log.2"]
    for file in files:
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert file.stat().st_size <= 1024 * 1024
    assert stat.S_IMODE(log.parent.stat().st_mode) == 0o700


def test_without_a_place_to_write_nothing_is_logged_and_nothing_fails(tmp_path: Path):
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    logs.start(
        blocked / "logs" / "helpdesk.log", LoggingSettings(level="INFO", megabytes=1, files=1)
    )
    logger.warning("Nobody reads this")
    logs.stop()
    logging.getLogger("helpdesk").setLevel(logging.NOTSET)
    assert blocked.read_text() == "no folder"


def test_starting_again_writes_each_record_once_and_to_the_new_file(log: Path, tmp_path: Path):
    other = tmp_path / "other.log"
    logs.start(other, LoggingSettings(level="DEBUG", megabytes=1, files=2))
    logger.warning("Once")
    assert len(lines(other)) == 1
    assert lines(log) == []
    logs.start(other, LoggingSettings(level="DEBUG", megabytes=1, files=2))
    logger.warning("Twice")
    assert len(lines(other)) == 2


def test_stopping_lets_go_of_the_file(tmp_path: Path):
    file = tmp_path / "helpdesk.log"
    logs.start(file, LoggingSettings(level="INFO", megabytes=1, files=1))
    logs.stop()
    logger.warning("Nobody reads this")
    logging.getLogger("helpdesk").setLevel(logging.NOTSET)
    assert file.read_text() == ""


def test_a_tour_of_all_operations_leaves_no_secret_and_no_text_in_it(
    log: Path, embedded: EmbeddedDesk, sign_in: SignIn
):
    alice, bob, charlie, dana = map(sign_in, ("alice", "bob", "charlie", "dana"))
    ticket = alice.tickets.open(NewTicket(subject="canary1", description="canary2"))
    alice.tickets.search(TicketQuery(text="canary3"))
    alice.tickets.count(TicketQuery(text="canary3 OR"))
    bob.tickets.take(ticket.id, 1)
    bob.tickets.comment(ticket.id, NewComment(body="canary4"))
    bob.tickets.comment(ticket.id, NewComment(body="canary5", internal=True))
    bob.tickets.release(ticket.id, 3)
    bob.tickets.change(ticket.id, TicketChange(category_id=1, version=4))
    charlie.tickets.assign(ticket.id, Assignment(assignee_id=None, version=5))
    alice.tickets.close(ticket.id, 5)
    alice.tickets.reopen(ticket.id, Reopening(reason="canary6"))
    alice.tickets.comments(ticket.id, before=1)
    bob.tickets.assignable()
    alice.tickets.categories()
    alice.tickets.changes("")
    new = NewUser(username="canary7", full_name="canary8", email="canary9@corp.example")
    added = dana.users.add(new)
    reset = dana.users.reset_password(added.user.id)
    dana.users.search(UserQuery(text="canary10"))
    dana.users.change(added.user.id, UserChange(full_name="canary11", version=2))
    changed = PasswordChange(old_password=PASSWORD, new_password="canary12 and more")
    alice.sessions.change_password(changed)
    token = alice.sessions.current().token
    for wrong in ("canary13", "alice"):
        with pytest.raises(DeskError):
            embedded.facade().sessions.sign_in(NewSession(username=wrong, password="canary14"))
    with pytest.raises(DeskError):
        bob.users.view(1)
    dana.users.deactivate(added.user.id, Leaving(version=3))
    alice.sessions.sign_out()
    written = log.read_text(encoding="utf-8")
    assert "Tickets.comment by 3 took" in written
    assert "WARNING helpdesk.services.executor Users.view refused: forbidden, by 3" in written
    assert "WARNING helpdesk.services.sessions wrong password for 'can\\u2026'" in written
    assert "WARNING helpdesk.services.sessions wrong password for 1" in written
    assert len(lines(log)) > 20
    for secret in ("canary", PASSWORD, added.password, reset.password, token, "bcrypt"):
        assert secret not in written
