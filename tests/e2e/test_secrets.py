# SPDX-License-Identifier: GPL-3.0-or-later
"""U02: every secret there is gets planted and used, and then is looked for where none may lie.

A server in a process of its own over PostgreSQL, its environment full of secrets, a window at a
workstation, scripts and another system. Afterwards come all files of both, the rows of every
table, what an admin can read, what was mailed, and the command lines of the machine.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QApplication, QMessageBox

from helpdesk.app import catch_everything
from helpdesk.client.help_desk import SERVICES, HelpDesk
from helpdesk.core.errors import DeskError
from helpdesk.core.operation import operations_of
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.accounts import (
    CodeEntry,
    CodeProof,
    Forgotten,
    PasswordReset,
    Unlock,
)
from helpdesk.core.schemas.api_keys import NewApiKey
from helpdesk.core.schemas.directory import (
    DirectoryChange,
    DirectoryTestAsk,
    SingleSignOnChange,
)
from helpdesk.core.schemas.notifications import (
    ChatChannelSettings,
    ChatKind,
    MailChange,
    MailSecurity,
    MailTestAsk,
)
from helpdesk.core.schemas.tickets import NewTicket, TicketQuery
from helpdesk.core.schemas.users import NewSession, NewUser, PasswordChange
from helpdesk.database.db_manager import database_at
from helpdesk.services.secret_box import new_key
from helpdesk.ui.lock import WindowLock
from tests.conftest import PASSWORD
from tests.contract.desks import dump
from tests.contract.test_rights import ALONE
from tests.e2e.test_accounts import (
    LONG_MS,
    Team,
    codes_in,
    draft_in,
    team_at,
    with_app,
)
from tests.ui.seats import calm, enter

OWN = "words of my own together"
OTHER = "still other words together"
AFTER_RESET = "words after the reset of it"
OF_AN_ADMIN = "canary-typed-by-an-admin"
WEBHOOK = "https://hooks.slack.com/services/T0/B0/canaryOfTheWebhook"
ENVIRONMENT = {
    "HELPDESK_SECURITY__SECRET_KEY": new_key(),
    "HELPDESK_MAIL__PASSWORD": "canary-of-the-mail-server",
    "HELPDESK_DIRECTORY__BIND_PASSWORD": "canary-of-the-directory",
    "HELPDESK_SINGLE_SIGN_ON__CLIENT_SECRET": "canary-of-the-provider",
    "HELPDESK_SERVER__METRICS_TOKEN": "canary-of-the-metrics-0123456789",
    "MISTRAL_API_ENDPOINT": "http://127.0.0.1:9/v1",
    "MISTRAL_API_KEY": "canary-of-the-model",
    "HELPDESK_CHANNELS__URLS": f'{{"Room": "{WEBHOOK}"}}',
}
LOUD = {"HELPDESK_LOGGING__LEVEL": "DEBUG"}
NOT_SECRET = {"MISTRAL_API_ENDPOINT", "HELPDESK_CHANNELS__URLS"}


class Planted:
    """The secrets, each by what it is."""

    def __init__(self) -> None:
        self.secrets: dict[str, str] = {
            name: value for name, value in ENVIRONMENT.items() if name not in NOT_SECRET
        }
        self.add(webhook=WEBHOOK, password=PASSWORD, own=OWN, other=OTHER, after=AFTER_RESET)
        self.add(typed=OF_AN_ADMIN)

    def add(self, **secrets: str | None) -> None:
        for name, secret in secrets.items():
            assert secret, name
            self.secrets[name] = secret

    def found_in(self, text: str | bytes, *, but: Iterable[str] = ()) -> set[str]:
        """Return which of them stand in a text."""
        data = text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")
        kinds = self.secrets.keys() - set(but)
        return {kind for kind in kinds if self.secrets[kind].encode() in data}


def refused(call: Any) -> str:
    """Return what is said where something cannot be done; some of it can."""
    try:
        return repr(call())
    except DeskError as error:
        return f"{error} {error.field}"


def let_people_sign_in(team: Team, planted: Planted, dana: HelpDesk) -> list[str]:
    """Go through all ways to sign in; return what was said on the way."""
    made = dana.users.add(NewUser(username="gina", full_name="Gina New", email="gina@corp.example"))
    gina = team.desk()
    wanted = NewSession(username="gina", password=made.password, new_password=OWN)
    gina.sessions.sign_in(wanted)
    app, paper = with_app(gina, OWN)
    pending = team.desk().sessions.sign_in(NewSession(username="gina", password=OWN)).pending_token
    entered = team.desk().second_factors.enter(
        CodeEntry(pending_token=pending or "", code=paper.codes[0])
    )
    planted.add(one_time=made.password, seed=app.secret, pending=pending, entered=entered.token)
    planted.add(**{f"recovery {n}": code for n, code in enumerate(paper.codes)})
    gina.sessions.change_password(PasswordChange(old_password=OWN, new_password=OTHER))
    gina.sessions.unlock(Unlock(password=OTHER))
    renewed = gina.second_factors.renew_codes(CodeProof(password=OTHER, code=paper.codes[1]))
    planted.add(**{f"renewed {n}": code for n, code in enumerate(renewed.codes)})
    planted.add(session=gina.sessions.current().token)
    nobody = team.desk().sessions
    return [
        refused(lambda: nobody.sign_in(NewSession(username="gina", password=OF_AN_ADMIN))),
        # Who types the password into the field of the name.
        refused(lambda: nobody.sign_in(NewSession(username=OF_AN_ADMIN, password=PASSWORD))),
        refused(lambda: nobody.reset(PasswordReset(code=renewed.codes[2], new_password=OWN))),
        # Who types it where a name is asked for: nobody is meant, and it may be a password.
        refused(lambda: nobody.forgotten(Forgotten(username=OF_AN_ADMIN))),
    ]


def set_up(planted: Planted, dana: HelpDesk, tool_of: Any) -> list[str]:
    """Use what is set up with secrets, as far as it can be here; return what was said."""
    scopes = (Permission.SEE_ALL_TICKETS, Permission.SUBMIT_TICKET)
    key = dana.api_keys.create(NewApiKey(name="Tool", scopes=scopes))
    planted.add(key=key.key)
    tool = tool_of(key.key)
    tool.tickets.open(NewTicket(subject="From a tool"))
    dana.api_keys.revoke(key.view.id)
    mail = MailChange(
        host="127.0.0.1", port=9, security=MailSecurity.NONE, username="desk",
        sender="desk@corp.example", password=OF_AN_ADMIN,
    )  # fmt: skip
    directory = DirectoryChange(
        host="127.0.0.1", port=9, security="none", bind_dn="cn=desk", password=OF_AN_ADMIN
    )
    provider = SingleSignOnChange(issuer="http://127.0.0.1:9", client_id="desk", secret=OF_AN_ADMIN)
    room = ChatChannelSettings(name="Room", kind=ChatKind.SLACK)
    return [
        refused(lambda: tool.tickets.search(TicketQuery())),
        refused(lambda: dana.channels.change_mail(mail)),
        refused(lambda: dana.channels.test_mail(MailTestAsk(change=mail))),
        refused(lambda: dana.directory.change(directory)),
        refused(lambda: dana.directory.test(DirectoryTestAsk(change=directory, username="ann"))),
        refused(lambda: dana.directory.change_provider(provider)),
        refused(lambda: dana.directory.test_provider(provider)),
        refused(lambda: dana.channels.add_chat(room)),
    ]


def use_a_window(team: Team, planted: Planted) -> None:
    """Lose a password, replace it, sign in, lock, unlock, and meet a fault, all in a window."""
    app = team.program("office")
    sign_in, flow = app.sign_in_window, app.sign_in_window.flow
    team.typed(sign_in.username, "alice")
    team.typed(sign_in.password, OF_AN_ADMIN, then=Qt.Key_Return)
    calm(team.qtbot, app)
    sign_in.form.forgotten_button.click()
    team.typed(flow.forgotten_page.username, "alice", then=Qt.Key_Return)
    team.until(lambda: sign_in.page is flow.reset_page)
    team.until(lambda: bool(codes_in(team.mails)), LONG_MS)
    code = codes_in(team.mails)[-1][1]
    planted.add(reset=code)
    team.typed(flow.reset_page.code, code)
    team.typed(flow.reset_page.new_password, AFTER_RESET)
    team.typed(flow.reset_page.repeated_password, AFTER_RESET, then=Qt.Key_Return)
    team.until(lambda: sign_in.page is sign_in.form)
    team.typed(sign_in.password, AFTER_RESET, then=Qt.Key_Return)
    team.until(lambda: app.main_window is not None)
    calm(team.qtbot, app)
    window = app.main_window
    assert window is not None
    planted.add(window=window.desktop.session.token)
    for key in window.tab_keys:
        window.open_tab(key)
        calm(team.qtbot, app)
    draft_in(window, team.qtbot)
    unlock(team, window.lock, app)
    meet_a_fault(AFTER_RESET)
    window.close()
    app.stop()


def unlock(team: Team, lock: WindowLock, app: Any) -> None:
    lock.lock()
    page = lock.page
    assert page is not None
    for password in (OF_AN_ADMIN, AFTER_RESET):
        team.typed(page.password, password, then=Qt.Key_Return)
        calm(team.qtbot, app)
        team.until(lambda: not lock.is_locked or page.unlock_button.isEnabled())
    assert not lock.is_locked


def meet_a_fault(password: str) -> None:
    """Fail where a secret is at hand, as the program does by itself."""
    try:
        len(password) / 0
    except ZeroDivisionError as error:
        catch_everything(type(error), error, sys.exc_info()[2])
    for box in QApplication.topLevelWidgets():
        if isinstance(box, QMessageBox):
            box.close()


def readable_by(admin: HelpDesk) -> str:
    """Return all that an admin can read without changing anything."""
    reading = [
        operation.full_name
        for service in SERVICES
        for operation in operations_of(service).values()
        if operation.declaration.method == "GET" and operation.full_name in ALONE
    ]
    assert len(reading) > 20
    own = {"Sessions.current"}
    return "".join(
        refused(lambda name=name: ALONE[name](admin)) for name in reading if name not in own
    )


def command_lines() -> bytes:
    lines = b""
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines += place.read_bytes()
        except OSError:
            # It has ended meanwhile.
            continue
    return lines


def test_u02_no_secret_lies_where_it_need_not(
    qtbot: Any,
    tmp_path: Path,
    template: Path,
):
    planted = Planted()
    with team_at(qtbot, tmp_path, template, ENVIRONMENT | LOUD) as team:
        dana = team.script("dana")
        planted.add(admin=dana.sessions.current().token)
        said = let_people_sign_in(team, planted, dana)
        said += set_up(planted, dana, team.with_key)
        use_a_window(team, planted)
        said.append(readable_by(dana))
        assert planted.found_in("".join(said)) == set()
        assert planted.found_in(command_lines()) == set()
        manager = database_at(team.database)
        try:
            assert planted.found_in(repr(dump(manager))) == set()
        finally:
            manager.dispose()
        for mail in team.mails.received:
            assert planted.found_in(mail.data, but=["reset"]) == set()
    files = [each for each in tmp_path.rglob("*") if each.is_file()]
    assert {"helpdesk.log", "window.ini"} <= {file.name for file in files}
    hits = {file: planted.found_in(file.read_bytes()) for file in files}
    assert {file: found for file, found in hits.items() if found} == {}
    written = b"".join(each.read_bytes() for each in files if each.suffix == ".log")
    assert b"Sessions.sign_in" in written
    assert b"ZeroDivisionError" in written
    assert len(planted.secrets) > 30


@pytest.mark.skipif(os.name != "posix", reason="other systems have lists instead of modes")
def test_b07_nobody_else_on_the_machine_can_read_what_the_program_keeps(
    qtbot: Any, start_app: Any, folder: Any
):
    app = start_app()
    window = enter(qtbot, app, "alice", PASSWORD)
    draft_in(window, qtbot)
    window.lock.lock()
    window.close()
    app.stop()
    kept = list(folder.path.rglob("*"))
    assert {each.name for each in kept} >= {"helpdesk.db", "logs", "drafts", "window.ini"}
    modes = {each.name: each.stat().st_mode & 0o777 for each in kept}
    assert {name: oct(mode) for name, mode in modes.items() if mode & 0o077} == {}
