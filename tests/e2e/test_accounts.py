# SPDX-License-Identifier: GPL-3.0-or-later
"""Stories of accounts: a lost password, a locked window, and rights that end while people work.

As a team has it: ``helpdesk serve`` in a process of its own over PostgreSQL, a mail server, and
windows.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pyotp
import pytest
from PyQt5.QtCore import Qt, QTimer

from helpdesk.app import App
from helpdesk.client.help_desk import HelpDesk
from helpdesk.client.http_transport import HttpTransport
from helpdesk.core import settings as settings_module
from helpdesk.core.errors import Forbidden, Invalid, SignedOut
from helpdesk.core.operation import Operation
from helpdesk.core.paths import DataFolder
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.accounts import Confirmation, ProfileChange, Proof, RecoveryCodes
from helpdesk.core.schemas.api_keys import NewApiKey
from helpdesk.core.schemas.tickets import TicketQuery
from helpdesk.core.schemas.users import Leaving, NewSession, Role, UserChange
from helpdesk.database.db_manager import database_at
from helpdesk.services.secret_box import new_key
from helpdesk.ui import lock_watch
from tests.conftest import PASSWORD
from tests.e2e.test_team import Server
from tests.outboxes import use_mail
from tests.places import postgres_copy
from tests.smtp_server import MailServer, mail_server
from tests.ui.seats import LONGEST_MS, calm, click, enter

LONG_MS = 60_000
"""Mail leaves within seconds; a busy machine takes longer."""
NEW_PASSWORD = "some other words together"
CODE = re.compile(r"Your code is ([a-z0-9-]+)")
STEP_SECONDS = 30


class Keyed:
    """Calls as another system does: each call brings the key, and none begins a session."""

    def __init__(self, wire: HttpTransport, key: str) -> None:
        self._wire, self._key = wire, key

    def call(self, operation: Operation, arguments: dict[str, Any]) -> Any:
        return self._wire.send(operation, arguments, token=self._key)

    def close(self) -> None:
        self._wire.close()


class Team:
    """A server with mail, and people at workstations of their own."""

    database = ""

    def __init__(self, qtbot: Any, place: Path, url: str, mails: MailServer) -> None:
        self.qtbot = qtbot
        self.mails = mails
        self._place = place
        self._url = url
        self._apps: list[App] = []
        self._desks: list[HelpDesk] = []
        self._client = settings_module.load(DataFolder(place)).client

    def desk(self) -> HelpDesk:
        """Return the desk as a script of somebody sees it who is not signed in."""
        self._desks.append(HelpDesk(HttpTransport(self._url, self._client)))
        return self._desks[-1]

    def script(self, username: str, password: str = PASSWORD) -> HelpDesk:
        desk = self.desk()
        desk.sessions.sign_in(NewSession(username=username, password=password))
        return desk

    def with_key(self, token: str) -> HelpDesk:
        """Return the desk as another system sees it that calls with a key."""
        self._desks.append(HelpDesk(Keyed(HttpTransport(self._url, self._client), token)))
        return self._desks[-1]

    def program(self, place: str) -> App:
        """Start a program at a workstation, up to the question who is there."""
        app = App(DataFolder(self._place / place).ensure(), server=self._url)
        self._apps.append(app)
        with self.qtbot.waitSignals([app.background.idle], timeout=LONG_MS):
            app.start()
        calm(self.qtbot, app)
        return app

    def until(self, condition: Callable[[], bool], timeout: int = LONGEST_MS) -> None:
        self.qtbot.waitUntil(condition, timeout=timeout)

    def typed(self, field: Any, text: str, *, then: Any = None) -> None:
        field.clear()
        self.qtbot.keyClicks(field, text)
        if then is not None:
            self.qtbot.keyClick(field, then)

    def leave(self) -> None:
        for app in self._apps:
            app.stop()
            for timer in app.findChildren(QTimer):
                timer.stop()
        for desk in self._desks:
            desk.close()


@contextmanager
def team_at(qtbot: Any, place: Path, template: Path, environment: dict[str, str]) -> Iterator[Team]:
    """Yield a team whose server has these variables; its windows do not."""
    with ExitStack() as stack:
        database = stack.enter_context(postgres_copy(template))
        mails = stack.enter_context(mail_server())
        manager = database_at(database)
        use_mail(manager, mails.port)
        manager.dispose()
        server = Server(DataFolder(place / "server").ensure(), database)
        stack.callback(server.kill)
        with pytest.MonkeyPatch.context() as patch:
            for name, value in environment.items():
                patch.setenv(name, value)
            server.start()
        made = Team(qtbot, place, server.url, mails)
        made.database = database
        stack.callback(made.leave)
        yield made


@pytest.fixture
def team(qtbot: Any, tmp_path: Path, template: Path) -> Iterator[Team]:
    environment = {"HELPDESK_SECURITY__SECRET_KEY": new_key()}
    with team_at(qtbot, tmp_path, template, environment) as made:
        yield made


class Authenticator:
    """An app on a telephone that has read the picture."""

    def __init__(self, uri: str) -> None:
        found = pyotp.parse_uri(uri)
        assert isinstance(found, pyotp.TOTP)
        self._totp = found
        self.secret = found.secret

    def code(self, *, steps: int = 0) -> str:
        return str(self._totp.at(int(time.time()) + steps * STEP_SECONDS))


def with_app(desk: HelpDesk, password: str = PASSWORD) -> tuple[Authenticator, RecoveryCodes]:
    """Set an app up by what the picture says, with the code before this one: it counts once."""
    app = Authenticator(desk.second_factors.begin(Proof(password=password)).uri)
    for _ in range(2):
        try:
            return app, desk.second_factors.confirm(Confirmation(code=app.code(steps=-1)))
        except Invalid:
            # The next one has just begun.
            continue
    raise AssertionError("no code was taken")


def codes_in(mails: MailServer) -> list[tuple[tuple[str, ...], str]]:
    """Return the codes that were mailed, and to whom."""
    found = []
    for mail in mails.received:
        body = mail.message.get_body(("plain",))
        match = CODE.search(body.get_content()) if body is not None else None
        if match is not None:
            found.append((mail.to, match[1]))
    return found


def draft_in(window: Any, qtbot: Any) -> None:
    qtbot.keyClicks(window.open_tab("submit").subject, "Unfinished")


def subject_of(window: Any) -> str:
    return str(window.open_tab("submit").subject.text())


def test_a_lost_password_is_replaced_by_a_code_of_the_mail_and_an_app_is_still_asked_for(
    team: Team,
):
    script = team.script("alice")
    app, paper = with_app(script)
    first = team.program("office")
    sign_in = first.sign_in_window
    # The code of the app, computed from what the picture says, signs in.
    team.typed(sign_in.username, "alice")
    team.typed(sign_in.password, PASSWORD, then=Qt.Key_Return)
    team.until(lambda: sign_in.page is sign_in.flow.code_page)
    team.typed(sign_in.flow.code_page.field, app.code(), then=Qt.Key_Return)
    team.until(lambda: first.main_window is not None)
    calm(team.qtbot, first)
    draft_in(first.main_window, team.qtbot)

    # At home she has forgotten the password.
    second = team.program("home")
    sign_in = second.sign_in_window
    flow = sign_in.flow
    click(team.qtbot, sign_in.form.forgotten_button)
    team.typed(flow.forgotten_page.username, "alice@corp.example", then=Qt.Key_Return)
    team.until(lambda: sign_in.page is flow.reset_page)
    team.until(lambda: bool(codes_in(team.mails)), LONG_MS)
    [(to, code)] = codes_in(team.mails)
    assert to == ("alice@corp.example",)
    page = flow.reset_page
    team.typed(page.code, code)
    team.typed(page.new_password, NEW_PASSWORD)
    team.typed(page.repeated_password, NEW_PASSWORD, then=Qt.Key_Return)
    team.until(lambda: sign_in.page is sign_in.form)

    # Whoever was signed in is so no more, by script or at the other workstation.
    with pytest.raises(SignedOut):
        script.sessions.current()
    team.until(lambda: first.main_window is None, LONG_MS)

    # The new password alone lets nobody in: the app, or the paper, is still asked for.
    team.typed(sign_in.username, "alice")
    team.typed(sign_in.password, NEW_PASSWORD, then=Qt.Key_Return)
    team.until(lambda: sign_in.page is flow.code_page)
    assert second.main_window is None
    click(team.qtbot, flow.code_page.other_button)
    team.typed(flow.code_page.field, paper.codes[0], then=Qt.Key_Return)
    team.until(lambda: second.main_window is not None)
    calm(team.qtbot, second)

    # What was typed at the office waits there.
    team.typed(first.sign_in_window.username, "alice")
    team.typed(first.sign_in_window.password, NEW_PASSWORD, then=Qt.Key_Return)
    team.until(lambda: first.sign_in_window.page is first.sign_in_window.flow.code_page)
    asking = first.sign_in_window.flow.code_page
    click(team.qtbot, asking.other_button)
    team.typed(asking.field, paper.codes[1], then=Qt.Key_Return)
    team.until(lambda: first.main_window is not None)
    assert subject_of(first.main_window) == "Unfinished"


def test_a_window_left_alone_locks_and_only_the_password_unlocks_it(
    team: Team, monkeypatch: pytest.MonkeyPatch
):
    now = [1_000.0]
    monkeypatch.setattr(lock_watch, "steady_seconds", lambda: now[0])
    team.script("alice").profiles.change(ProfileChange(lock_minutes=5))
    app = team.program("office")
    window = enter(team.qtbot, app, "alice", PASSWORD)
    lock = window.lock
    team.until(lambda: lock.watch.limit_seconds == 300)
    draft_in(window, team.qtbot)
    now[0] += 299
    assert not lock.watch.look()
    now[0] += 2
    assert lock.watch.look()
    assert lock.is_locked
    assert not window.navigation.isVisible()
    page = lock.page
    assert page is not None
    for number in range(5):
        team.typed(page.password, f"a guess {number}", then=Qt.Key_Return)
        calm(team.qtbot, app)
        team.until(page.unlock_button.isEnabled)
    assert "Too many wrong passwords; try again in" in page.message.text()
    # The right one has to wait as well, and then it unlocks.
    team.typed(page.password, PASSWORD, then=Qt.Key_Return)
    calm(team.qtbot, app)
    assert lock.is_locked

    def tries_again() -> bool:
        if lock.is_locked and page.unlock_button.isEnabled():
            team.typed(page.password, PASSWORD, then=Qt.Key_Return)
        return not lock.is_locked

    team.until(tries_again, LONG_MS)
    assert window.navigation.isVisible()
    assert subject_of(window) == "Unfinished"


def test_who_loses_a_right_loses_it_at_once_in_windows_and_scripts_and_keeps_what_was_typed(
    team: Team,
):
    dana = team.script("dana")
    alice, bob = team.program("alice"), team.program("bob")
    hers = enter(team.qtbot, alice, "alice", PASSWORD)
    his = enter(team.qtbot, bob, "bob", PASSWORD)
    script = team.script("alice")
    draft_in(hers, team.qtbot)
    draft_in(his, team.qtbot)
    people = {name: dana.users.named(name) for name in ("alice", "bob")}
    scopes = (Permission.SEE_ALL_TICKETS, Permission.SEE_OWN_TICKETS, Permission.WORK_TICKET)
    made = dana.api_keys.create(NewApiKey(name="Tool", scopes=scopes, user_id=people["bob"].id))
    tool = team.with_key(made.key)
    tool.tickets.assignable()

    # A role that is lowered counts for the next call, and takes the tabs of the window away.
    lowered = dana.users.change(
        people["bob"].id, UserChange(role=Role.USER, version=people["bob"].version)
    )
    with pytest.raises(Forbidden):
        tool.tickets.assignable()
    team.until(lambda: bob.main_window is not None and bob.main_window is not his, LONG_MS)
    calm(team.qtbot, bob)
    assert bob.main_window is not None
    assert bob.main_window.tab_keys == ["submit", "view", "articles", "assistant", "settings"]
    assert subject_of(bob.main_window) == "Unfinished"

    # Sessions that an admin ends are over for scripts and windows alike.
    dana.users.end_sessions(people["alice"].id)
    with pytest.raises(SignedOut):
        script.sessions.current()
    team.until(lambda: alice.main_window is None, LONG_MS)
    assert alice.sign_in_window.isVisible()
    again = enter(team.qtbot, alice, "alice", PASSWORD)
    assert subject_of(again) == "Unfinished"

    # So is all of an account that is no more: its window, and the keys that act for it.
    dana.users.deactivate(lowered.id, Leaving(version=lowered.version))
    with pytest.raises(SignedOut):
        tool.tickets.search(TicketQuery())
    team.until(lambda: bob.main_window is None, LONG_MS)
    assert bob.sign_in_window.isVisible()
