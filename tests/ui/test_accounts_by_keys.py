# SPDX-License-Identifier: GPL-3.0-or-later
"""Whoever has no mouse looks after accounts as well: each story goes by keys alone, as typed."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import keyring
import pyotp
import pytest
from PyQt5.QtCore import QEvent, QObject, Qt, QTimer
from PyQt5.QtGui import QDesktopServices, QImage
from PyQt5.QtTest import QTest
from PyQt5.QtWidgets import (
    QAbstractButton,
    QApplication,
    QFileDialog,
    QFrame,
    QMenu,
    QPushButton,
    QWidget,
)

from helpdesk.core.errors import DeskError, NewPasswordDue
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.accounts import Confirmation, Density, ProfileChange, Proof, Theme
from helpdesk.core.schemas.api_keys import ApiKeyQuery
from helpdesk.core.schemas.directory import GroupRole
from helpdesk.core.schemas.teams import TeamSettings
from helpdesk.core.schemas.users import Leaving, NewSession, Role
from helpdesk.jobs import resets
from helpdesk.services.delivering import Delivering
from helpdesk.services.secret_box import new_key
from helpdesk.ui.audit.table_model import ABOUT, WHAT
from helpdesk.ui.audit_log_tab import AuditLogTab
from helpdesk.ui.password_dialog import PasswordDialog
from helpdesk.ui.people.import_dialog import ImportDialog
from helpdesk.ui.people.one_time_password import OneTimePasswordDialog
from helpdesk.ui.people.user_dialog import UserDialog
from helpdesk.ui.settings.api_keys.dialog import ApiKeyDialog, KeyDialog
from helpdesk.ui.settings.profile.email_dialog import EmailDialog
from helpdesk.ui.settings.sign_in.factor_dialog import FactorDialog
from helpdesk.ui.settings_tab import SettingsTab
from helpdesk.ui.sign_in.browser_page import BrowserPage
from helpdesk.ui.sign_in.code_page import CodePage
from helpdesk.ui.sign_in.forgotten_page import ForgottenPage, ResetPage
from helpdesk.ui.sign_in.form_page import FormPage
from helpdesk.ui.team_tab import TeamTab
from helpdesk.ui.user_management_tab import UserManagementTab
from helpdesk.ui.widgets.filter_button import FilterButton
from helpdesk.ui.widgets.question import Question
from tests import ldap_server
from tests.conftest import PASSWORD
from tests.keyrings import MemoryKeyring
from tests.ldap_server import PEOPLE, READER, READER_PASSWORD, DirectoryOfTests
from tests.openid_provider import CLIENT, SECRET, RealProvider, real_provider
from tests.outboxes import use_mail
from tests.smtp_server import MailServer, mail_server
from tests.ui.authenticator import Phone
from tests.ui.seats import LONGEST_MS, Seat, calm, named
from tests.ui.test_sign_in_by_browser import Browser
from tests.ui.test_user_management_tab import banner_of, cell, names
from tests.unit.client.authority import Authority
from tests.unit.services.test_user_care import account, enrol

NEW = "some other words together"
MOST_STOPS = 60


class Keys:
    """A keyboard: what is pressed goes to an open menu or list, or else to what has the focus."""

    def __init__(self, qtbot: Any) -> None:
        self._qtbot = qtbot

    @property
    def place(self) -> QWidget:
        """Where keys go."""
        # What was added to a window stands there only after this.
        QApplication.processEvents()
        popup = QApplication.activePopupWidget()
        if popup is not None:
            return popup
        active = QApplication.activeWindow()
        if active is None or not active.isVisible():
            # What manages windows brings forward the one below what was shut; here nothing does.
            shown = [each for each in QApplication.topLevelWidgets() if each.isVisible()]
            (QApplication.activeModalWidget() or shown[0]).activateWindow()
        self._qtbot.waitUntil(lambda: QApplication.focusWidget() is not None, timeout=LONGEST_MS)
        return QApplication.focusWidget()

    def opened(self, parent: QWidget, kind: type[QWidget]) -> Any:
        """Return the one dialog of a kind, once it has the focus."""
        found = opened_in(parent, kind)
        assert len(found) == 1, f"{len(found)} are open"
        self._qtbot.waitUntil(lambda: self.place.window() is found[0], timeout=LONGEST_MS)
        return found[0]

    def press(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.NoModifier) -> None:
        QTest.keyClick(self.place, key, modifier)

    def type(self, text: str) -> None:
        QTest.keyClicks(self.place, text)

    def overtype(self, text: str) -> None:
        """Type over what stands in the field."""
        self.press(Qt.Key_A, Qt.ControlModifier)
        self.type(text)

    def to(self, wanted: QWidget, *, back: bool = False) -> None:
        """Go by Tab to a widget; fail where Tab does not lead there."""
        passed = []
        for _ in range(MOST_STOPS):
            if QApplication.focusWidget() is wanted:
                return
            passed.append(told(QApplication.focusWidget()))
            self.press(Qt.Key_Tab, Qt.ShiftModifier if back else Qt.NoModifier)
        raise AssertionError(f"Tab does not lead to {told(wanted)}, but to {passed}")

    def press_on(self, button: QWidget, *, back: bool = False, key: Qt.Key = Qt.Key_Space) -> None:
        self.to(button, back=back)
        self.press(key)

    def pick(self, button: QPushButton, *words: str, back: bool = False) -> None:
        """Open the menu of a button, go by the arrow keys to what is wanted, and shut it."""
        self.to(button, back=back)
        # The button waits until its menu is shut.
        QTimer.singleShot(0, partial(self._pick, button.menu(), words))
        QTest.keyClick(button, Qt.Key_Space)

    def _pick(self, menu: QMenu, words: tuple[str, ...]) -> None:
        try:
            for wanted in words:
                for _ in menu.actions():
                    self.press(Qt.Key_Down)
                    if menu.activeAction().text() == wanted:
                        break
                else:
                    raise AssertionError(f"no {wanted!r} in {[a.text() for a in menu.actions()]}")
                self.press(Qt.Key_Return)
            if menu.isVisible():
                self.press(Qt.Key_Escape)
            assert not menu.isVisible()
        finally:
            menu.close()

    def name_file(self, parent: QWidget, path: Path) -> None:
        """Type the path into the dialog that asks for a file."""
        self.opened(parent, QFileDialog)
        self.overtype(str(path))
        self.press(Qt.Key_Return)

    def agree(self, parent: QWidget) -> None:
        """Say yes to the question that is asked, which Enter alone does not."""
        question = self.opened(parent, Question)
        assert question.keep_button.hasFocus()
        self.press_on(question.agree_button, key=Qt.Key_Return)


def told(widget: QWidget | None) -> str:
    if widget is None:
        return "nothing"
    text = getattr(widget, "text", str)()
    return f"{type(widget).__name__} {widget.accessibleName() or text!r}"


def opened_in(parent: QWidget, kind: type[QWidget]) -> list[Any]:
    return [each for each in parent.findChildren(kind) if each.isVisible()]


class StrayWindows(QObject):
    """Notes what is shown as a window although it is a part of one: it takes the focus away."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if event.type() == QEvent.Show and isinstance(watched, QFrame | QAbstractButton):
            self.seen += [told(watched)] if watched.windowType() == Qt.Window else []
        return False


@pytest.fixture(autouse=True)
def _no_stray_windows(qapp) -> Iterator[None]:
    stray = StrayWindows()
    qapp.installEventFilter(stray)
    yield
    qapp.removeEventFilter(stray)
    assert stray.seen == [], "parts of a window stood there as windows of their own"


@pytest.fixture
def keys(qtbot) -> Keys:
    return Keys(qtbot)


@pytest.fixture
def dana(seated) -> Seat:
    seat: Seat = seated("dana")
    return seat


@pytest.fixture
def users(dana) -> UserManagementTab:
    tab = UserManagementTab(dana.desktop)
    dana.show(tab)
    tab.focus_first()
    return tab


@pytest.fixture
def bobs_row(users, dana, keys, qtbot) -> Callable[[], None]:
    """Return what finds Bob by the search and goes into the list."""

    def find() -> None:
        keys.press(Qt.Key_F, Qt.ControlModifier)
        keys.overtype("bob")
        qtbot.waitUntil(lambda: names(users) == ["Bob Keller"])
        keys.press(Qt.Key_Return)
        dana.settle()
        assert users.table.hasFocus()
        assert users.list.person.username == "bob"

    return find


@pytest.fixture
def found_setting(keys) -> Callable[[Seat, str], SettingsTab]:
    """Return what opens the settings and goes where the search leads."""

    def find(seat: Seat, words: str) -> SettingsTab:
        tab = SettingsTab(seat.desktop)
        seat.show(tab)
        tab.focus_first()
        keys.type(words)
        keys.press(Qt.Key_Return)
        seat.settle()
        return tab

    return find


# --- people -----------------------------------------------------------------------------------


def test_a_person_is_added(users, dana, embedded, keys):
    QApplication.clipboard().clear()
    keys.press_on(users.add_button, back=True, key=Qt.Key_Space)
    dialog = keys.opened(users, UserDialog)
    keys.type("Gina Kim")
    keys.to(dialog.username)
    keys.type("gina")
    keys.press(Qt.Key_Return)
    dana.settle()
    told_once = keys.opened(users, OneTimePasswordDialog)
    assert keys.place is told_once.copy_button
    keys.press(Qt.Key_Return)
    keys.press(Qt.Key_Escape)
    dana.settle()
    assert users.list.person.username == "gina"
    new = NewSession(username="gina", password=QApplication.clipboard().text())
    with pytest.raises(NewPasswordDue):
        embedded.facade().sessions.sign_in(new)


def test_a_person_gets_a_role_and_teams(users, dana, embedded, bobs_row, keys, qtbot):
    embedded.as_system().teams.add(TeamSettings(name="Network"))
    users.refresh()
    dana.settle()
    bobs_row()
    keys.press(Qt.Key_Return)
    dialog = keys.opened(users, UserDialog)
    assert dialog.full_name.hasFocus()
    keys.overtype("Robert Keller")
    keys.to(dialog.role)
    keys.press(Qt.Key_Down)
    assert dialog.role.key is Role.MANAGER
    keys.to(dialog.teams.edit)
    keys.type("netw")
    keys.press(Qt.Key_Return)
    keys.press_on(dialog.save_button, key=Qt.Key_Return)
    qtbot.waitUntil(lambda: names(users) == ["Robert Keller"])
    dana.settle()
    assert cell(users, "Robert Keller", "Role") == "Manager"
    assert cell(users, "Robert Keller", "Teams") == "Network"
    assert keys.place is users.table, "the next person is one key away"


def test_sessions_end_and_a_lost_app_is_taken_away(
    users, dana, embedded, bobs_row, sign_in, keys, qtbot
):
    bob = sign_in("bob")
    enrol(embedded, "bob")
    users.refresh()
    dana.settle()
    bobs_row()
    keys.pick(users.actions_.more_button, "End &sessions…", back=True)
    keys.agree(users)
    qtbot.waitUntil(lambda: "has ended" in banner_of(users).text)
    with pytest.raises(DeskError):
        bob.sessions.current()
    dana.settle()
    keys.pick(users.actions_.more_button, "Reset second &factor…", back=True)
    keys.agree(users)
    qtbot.waitUntil(lambda: cell(users, "Bob Keller", "2FA") == "")
    dana.settle()
    assert not account(embedded, "bob").has_second_factor


def test_a_one_time_password_is_made_and_copied(users, dana, embedded, bobs_row, keys):
    QApplication.clipboard().clear()
    bobs_row()
    keys.press_on(users.password_button, back=True)
    keys.agree(users)
    dana.settle()
    dialog = keys.opened(users, OneTimePasswordDialog)
    keys.press_on(dialog.copy_button, key=Qt.Key_Return)
    keys.press_on(dialog.done_button, key=Qt.Key_Return)
    dana.settle()
    copied = QApplication.clipboard().text()
    with pytest.raises(NewPasswordDue):
        embedded.facade().sessions.sign_in(NewSession(username="bob", password=copied))


def test_who_has_left_comes_back(users, dana, embedded, bobs_row, keys, qtbot):
    bob = account(embedded, "bob")
    embedded.as_system().users.deactivate(bob.id, Leaving(version=bob.version))
    users.refresh()
    dana.settle()
    bobs_row()
    assert users.active_button.text() == "Reactivate"
    keys.press_on(users.active_button, back=True)
    qtbot.waitUntil(lambda: "can sign in again" in banner_of(users).text)
    dana.settle()
    assert account(embedded, "bob").active


def test_people_come_from_a_file(users, dana, embedded, tmp_path, keys, qtbot):
    path, passwords = tmp_path / "people.csv", tmp_path / "passwords.csv"
    path.write_text("username;name;role\ngina;Gina Kim;Technician\nmax;Max Roy;Boss\n")
    keys.press_on(users.import_button, back=True)
    dialog = keys.opened(users, ImportDialog)
    keys.press_on(dialog.choose_button)
    keys.name_file(dialog, path)
    qtbot.waitUntil(lambda: keys.place is dialog.next_button, timeout=LONGEST_MS)
    keys.press_on(dialog.updates, back=True)
    assert dialog.updates.isChecked()
    keys.press_on(dialog.next_button, key=Qt.Key_Return)
    dana.settle()
    assert dialog.next_button.text() == "Import 1 person"
    keys.to(dialog.preview.table)
    assert "no role “Boss”" in dialog.preview.problem.text()
    keys.press_on(dialog.next_button, key=Qt.Key_Return)
    dana.settle()
    assert keys.place is dialog.save_button, "passwords are kept first"
    keys.press(Qt.Key_Return)
    keys.name_file(dialog, passwords)
    qtbot.waitUntil(passwords.exists, timeout=LONGEST_MS)
    dana.settle()
    keys.press_on(dialog.close_button, key=Qt.Key_Return)
    assert not opened_in(users, ImportDialog)
    assert "Gina Kim" in names(users)
    with passwords.open(encoding="utf-8-sig", newline="") as file:
        [row] = [row for row in csv.reader(file) if "gina" in row]
    with pytest.raises(NewPasswordDue):
        embedded.facade().sessions.sign_in(NewSession(username="gina", password=row[3]))


# --- one's own ----------------------------------------------------------------------------------


@pytest.fixture
def _secret_key(monkeypatch) -> None:
    monkeypatch.setenv("HELPDESK_SECURITY__SECRET_KEY", new_key())


@pytest.mark.usefixtures("_secret_key")
def test_an_app_is_set_up_and_switched_off(seated, found_setting, clock, keys):
    bob = seated("bob")
    section = found_setting(bob, "authenticator").section
    keys.press_on(section.factor.set_up_button)
    dialog = keys.opened(section, FactorDialog)
    keys.type(PASSWORD)
    keys.press(Qt.Key_Return)
    bob.settle()
    phone = Phone(dialog.enrol_page.view, "bob")
    keys.type(phone.code(clock()))
    keys.press(Qt.Key_Return)
    bob.settle()
    view = dialog.recovery_page.view
    keys.press_on(view.copy_button)
    assert len(QApplication.clipboard().text().split()[-10:]) == 10
    keys.press_on(view.kept_box)
    keys.press_on(dialog.recovery_page.go_button, key=Qt.Key_Return)
    bob.settle()
    assert section.factor.chip.text == "On"
    clock.forward(seconds=31)
    keys.press_on(section.factor.off_button)
    dialog = keys.opened(section, FactorDialog)
    keys.type(PASSWORD)
    keys.to(dialog.proof_page.code)
    keys.type(phone.code(clock()))
    keys.press(Qt.Key_Return)
    bob.settle()
    assert section.factor.chip.text == "Off"


@pytest.fixture
def mails(embedded) -> Iterator[MailServer]:
    with mail_server() as made:
        use_mail(embedded.database, made.port)
        yield made


def test_a_lost_password_comes_back(mails, start_remote, embedded, clock, keys, qtbot):
    app = start_remote()
    window = app.sign_in_window
    assert window.username.hasFocus()
    keys.overtype("alice")
    keys.press_on(window.form.forgotten_button)
    assert isinstance(window.page, ForgottenPage)
    keys.press(Qt.Key_Return)
    calm(qtbot, app)
    page = window.page
    assert isinstance(page, ResetPage)
    resets.write_mails(embedded, clock())
    Delivering(embedded.database, embedded.settings, clock()).run()
    body = mails.received[-1].message.get_body(("plain",)).get_content()
    found = re.search(r"Your code is ([a-z0-9-]+)", body)
    assert found is not None
    assert page.code.hasFocus()
    keys.type(found[1])
    keys.to(page.new_password)
    keys.type(NEW)
    keys.to(page.repeated_password)
    keys.type(NEW)
    keys.press(Qt.Key_Return)
    calm(qtbot, app)
    assert isinstance(window.page, FormPage)
    keys.type(NEW)
    keys.press(Qt.Key_Return)
    qtbot.waitUntil(lambda: app.main_window is not None, timeout=LONGEST_MS)
    calm(qtbot, app)
    assert app.main_window.desktop.person.username == "alice"


@pytest.mark.usefixtures("_secret_key")
def test_a_code_of_the_app_signs_in(start_remote, embedded, clock, keys, qtbot):
    desk = embedded.facade()
    desk.sessions.sign_in(NewSession(username="alice", password=PASSWORD))
    secret = desk.second_factors.begin(Proof(password=PASSWORD)).secret
    desk.second_factors.confirm(Confirmation(code=pyotp.TOTP(secret).at(clock())))
    desk.close()
    clock.forward(seconds=31)
    app = start_remote()
    keys.overtype("alice")
    keys.to(app.sign_in_window.password)
    keys.type(PASSWORD)
    keys.press(Qt.Key_Return)
    calm(qtbot, app)
    assert isinstance(app.sign_in_window.page, CodePage)
    keys.type(pyotp.TOTP(secret).at(clock()))
    keys.press(Qt.Key_Return)
    qtbot.waitUntil(lambda: app.main_window is not None, timeout=LONGEST_MS)
    calm(qtbot, app)
    assert app.main_window.desktop.person.username == "alice"


def test_the_address_is_changed(seated, found_setting, sign_in, keys):
    bob = seated("bob")
    section = found_setting(bob, "e-mail address").section
    assert keys.place is section.email_button
    keys.press(Qt.Key_Space)
    dialog = keys.opened(section, EmailDialog)
    keys.overtype("bob.keller@corp.example")
    keys.to(dialog.password)
    keys.type(PASSWORD)
    keys.press(Qt.Key_Return)
    bob.settle()
    assert sign_in("bob").profiles.own().email == "bob.keller@corp.example"
    assert keys.place is section.email_button


def test_the_own_password_is_changed(seated, found_setting, embedded, keys):
    bob = seated("bob")
    section = found_setting(bob, "passphrase").section
    assert keys.place is section.password.change_button
    keys.press(Qt.Key_Return)
    dialog = keys.opened(section, PasswordDialog)
    for field, text in ((dialog.old, PASSWORD), (dialog.new, NEW), (dialog.again, NEW)):
        keys.to(field)
        keys.type(text)
    keys.press(Qt.Key_Return)
    bob.settle()
    assert not opened_in(section, PasswordDialog)
    embedded.facade().sessions.sign_in(NewSession(username="bob", password=NEW))
    assert keys.place is section.password.change_button


def test_a_picture_is_chosen_and_removed(seated, found_setting, sign_in, tmp_path, keys, qtbot):
    file = tmp_path / "me.png"
    picture = QImage(64, 64, QImage.Format_RGB32)
    picture.fill(Qt.darkGreen)
    assert picture.save(str(file))
    bob = seated("bob")
    section = found_setting(bob, "portrait").section
    assert keys.place is section.picture.choose_button
    keys.press(Qt.Key_Space)
    keys.name_file(section, file)
    remove = section.picture.remove_button
    qtbot.waitUntil(remove.isVisible, timeout=LONGEST_MS)
    bob.settle()
    person, desk = bob.desktop.person.id, sign_in("bob")
    assert desk.profiles.picture(person).data
    keys.press_on(remove)
    qtbot.waitUntil(remove.isHidden, timeout=LONGEST_MS)
    bob.settle()
    assert not desk.profiles.picture(person).data
    assert keys.place is section.picture.choose_button


def test_activity_is_narrowed_and_read(seated, found_setting, sign_in, keys):
    sign_in("bob").profiles.change(ProfileChange(full_name="Bob Keller-Ito"))
    bob = seated("bob")
    section = found_setting(bob, "history").section
    assert keys.place is section.rows
    count = section.model.rowCount()
    assert count
    keys.to(section.filter.button(""), back=True)
    keys.press(Qt.Key_Right)
    bob.settle()
    assert section.filter.key == "sign-in"
    assert 0 < section.model.rowCount() < count
    keys.to(section.rows)
    keys.press(Qt.Key_Home)
    assert section.rows.currentIndex().row() == 0
    assert "igned in" in section.rows.currentIndex().data(Qt.AccessibleTextRole)


def test_name_and_time_zone_are_changed(seated, found_setting, sign_in, keys):
    bob = seated("bob")
    section = found_setting(bob, "time zone").section
    assert section.zone.hasFocus()
    keys.overtype("europe/berlin")
    keys.press(Qt.Key_Return)
    keys.to(section.name, back=True)
    keys.overtype("Bob Keller-Ito")
    keys.press_on(section.save_bar.save_button, key=Qt.Key_Return)
    bob.settle()
    own = sign_in("bob").profiles.own()
    assert (own.full_name, own.time_zone) == ("Bob Keller-Ito", "Europe/Berlin")


def test_how_one_is_told_is_changed(seated, found_setting, sign_in, keys):
    bob = seated("bob")
    section = found_setting(bob, "summary").section
    assert keys.place is section.digest
    before = sign_in("bob").notifications.preferences().digest_at
    keys.press(Qt.Key_Up)
    keys.press_on(section.save_bar.save_button)
    bob.settle()
    assert sign_in("bob").notifications.preferences().digest_at != before
    assert keys.place is section.matrix, "the bar is gone, the keyboard is not"


@pytest.fixture
def _comfortable_again(look) -> Iterator[None]:
    yield
    look.set_density("comfortable")


@pytest.mark.usefixtures("_comfortable_again")
def test_the_look_is_chosen(seated, found_setting, sign_in, look, keys):
    bob = seated("bob")
    section = found_setting(bob, "theme").section
    while section.theme.key != "dark":
        keys.press(Qt.Key_Right)
    keys.to(section.density.button("comfortable"))
    keys.press(Qt.Key_Right)
    bob.settle()
    assert (look.mode, look.density) == ("dark", "compact")
    own = sign_in("bob").profiles.own()
    assert (own.theme, own.density) == (Theme.DARK, Density.COMPACT)


def test_another_session_is_ended(seated, found_setting, embedded, keys):
    new = NewSession(username="alice", password=PASSWORD, device="Phone")
    phone = embedded.facade()
    phone.sessions.sign_in(new)
    alice = seated("alice")
    section = found_setting(alice, "sessions").section
    assert section.sessions.isAncestorOf(keys.place)
    keys.press_on(named(section, "End the session on Phone"))
    alice.settle()
    with pytest.raises(DeskError):
        phone.sessions.current()
    keys.press_on(section.sessions.end_others_button, back=True)
    alice.settle()
    assert len(section.sessions.rows) == 1


# --- the desk -----------------------------------------------------------------------------------


def test_a_key_is_made_copied_and_revoked(dana, found_setting, sign_in, keys):
    QApplication.clipboard().clear()
    section = found_setting(dana, "API keys").section
    keys.press_on(section.add_button)
    dialog = keys.opened(section, ApiKeyDialog)
    keys.type("Monitoring")
    for scope in (Permission.SEE_ALL_TICKETS, Permission.WORK_TICKET):
        keys.press_on(dialog.scopes.boxes[scope])
    keys.press_on(dialog.save_button, key=Qt.Key_Return)
    dana.settle()
    shown = keys.opened(section, KeyDialog)
    keys.press_on(shown.copy_button, key=Qt.Key_Return)
    assert QApplication.clipboard().text() == shown.key.text()
    keys.press_on(shown.done_button, key=Qt.Key_Return)
    dana.settle()
    active = ApiKeyQuery(active=True)
    [made] = sign_in("dana").api_keys.search(active).items
    assert set(made.scopes) == {"see_all_tickets", "work_ticket"}
    keys.press_on(named(section, "Revoke Monitoring"))
    keys.agree(section)
    dana.settle()
    assert not sign_in("dana").api_keys.search(active).items


def test_a_rule_of_signing_in_is_changed(dana, found_setting, sign_in, keys):
    section = found_setting(dana, "longest wait").section
    assert section.fields.rows["longest_delay_seconds"].field.hasFocus()
    keys.overtype("120")
    keys.press_on(section.save_bar.save_button, key=Qt.Key_Return)
    dana.settle()
    assert sign_in("dana").security.settings().values.longest_delay_seconds == 120
    assert section.focusWidget() is not None


def test_the_log_is_narrowed_read_and_written_into_a_file(dana, sign_in, tmp_path, keys, qtbot):
    for name in ("Network", "Printers"):
        sign_in("dana").teams.add(TeamSettings(name=name))
    tab = AuditLogTab(dana.desktop)
    dana.show(tab)
    model = tab.table.model()

    def column(which: int) -> list[str]:
        return [model.index(row, which).data() for row in range(model.rowCount())]

    assert set(column(WHAT)) != {"Settings changed"}
    tab.focus_first()
    keys.pick(tab.filters.groups, "Settings and keys")
    dana.settle()
    assert set(column(WHAT)) == {"Settings changed"}
    assert len(column(ABOUT)) > 1
    keys.to(tab.filters.search, back=True)
    keys.type("printers")
    qtbot.waitUntil(lambda: column(ABOUT) == ["Team Printers · added"], timeout=LONGEST_MS)
    keys.to(tab.table)
    keys.press(Qt.Key_Home)
    assert "Printers" in tab.pane.text
    target = tmp_path / "audit.csv"
    keys.press_on(tab.export_button, back=True)
    keys.name_file(tab, target)
    qtbot.waitUntil(target.exists, timeout=LONGEST_MS)
    dana.settle()
    with target.open(encoding="utf-8-sig", newline="") as file:
        _, *rows = csv.reader(file)
    assert [row[7] for row in rows] == ["Printers"]


def test_the_log_is_narrowed_to_a_time_and_a_person(dana, sign_in, clock, keys, qtbot):
    sign_in("bob").profiles.change(ProfileChange(full_name="Bob Keller-Ito"))
    clock.forward(hours=2)
    sign_in("dana").teams.add(TeamSettings(name="Network"))
    tab = AuditLogTab(dana.desktop)
    dana.show(tab)
    model = tab.table.model()

    def said() -> list[str]:
        return [model.index(row, ABOUT).data() for row in range(model.rowCount())]

    tab.focus_first()
    everything = said()
    keys.pick(tab.filters.period, "Last hour")
    dana.settle()
    assert 0 < len(said()) < len(everything)
    assert "Team Network · added" in said()
    keys.press(Qt.Key_Delete)
    dana.settle()
    assert said() == everything
    keys.to(tab.filters.person.edit)
    keys.type("bob")
    qtbot.waitUntil(lambda: tab.filters.person.is_open, timeout=LONGEST_MS)
    keys.press(Qt.Key_Down)
    keys.press(Qt.Key_Return)
    dana.settle()
    assert len(tab.filters.person.values) == 1
    assert 0 < len(said()) < len(everything)
    assert "Team Network · added" not in said()
    assert any("Bob" in each for each in said())


def test_a_manager_finds_people_of_the_team(seated, embedded, keys, qtbot):
    for name, people in (("Network", ("bob", "charlie")), ("Printers", ("frank", "charlie"))):
        members = tuple(account(embedded, each).id for each in people)
        embedded.as_system().teams.add(TeamSettings(name=name, member_ids=members))
    charlie = seated("charlie")
    tab = TeamTab(charlie.desktop)
    charlie.show(tab)
    tab.focus_first()
    model = tab.list.table.model()

    def listed() -> list[str]:
        return [model.index(row, 0).data() for row in range(model.rowCount())]

    assert {"Bob Keller", "Frank Osei"} < set(listed())
    keys.type("keller")
    qtbot.waitUntil(lambda: listed() == ["Bob Keller"], timeout=LONGEST_MS)
    keys.press(Qt.Key_Return)
    assert keys.place is tab.list.table
    keys.to(tab.list.search, back=True)
    keys.press(Qt.Key_A, Qt.ControlModifier)
    keys.press(Qt.Key_Delete)
    team, role = tab.findChildren(FilterButton)
    keys.pick(team, "Printers")
    keys.pick(role, "Technician")
    qtbot.waitUntil(lambda: listed() == ["Frank Osei"], timeout=LONGEST_MS)
    charlie.settle()


@pytest.fixture
def memory() -> Iterator[MemoryKeyring]:
    before, made = keyring.get_keyring(), MemoryKeyring()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(before)


@pytest.fixture
def people(memory, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DirectoryOfTests]:
    authority = Authority(tmp_path_factory.mktemp("authority"))
    with ldap_server.directory(tmp_path_factory.mktemp("slapd"), authority) as made:
        made.add_person("anna", "Anna Berg", mail="anna@corp.example")
        yield made


def test_a_directory_is_tried_and_saved(people, dana, found_setting, sign_in, keys):
    section = found_setting(dana, "ldap").section
    form = section.form
    for field, text in (
        (form.host, "localhost"),
        (form.port, str(people.port)),
        (form.ca_file, str(people.ca_file)),
        (form.bind_dn, READER),
        (form.key.field, READER_PASSWORD),
        (form.base_dn, PEOPLE),
        (section.trial.username, "anna"),
    ):
        keys.to(field)
        keys.overtype(text)
    keys.press_on(section.trial.button)
    dana.settle()
    assert section.trial.result.sentence == "The directory works; Anna Berg was found."
    keys.press_on(form.group_roles.add_button, back=True)
    (row,) = form.group_roles.rows
    assert keys.place is row.group
    keys.type("cn=helpdesk")
    keys.to(row.role)
    keys.press(Qt.Key_Down)
    keys.press_on(form.enabled, back=True)
    keys.press_on(section.save_bar.save_button)
    dana.settle()
    kept = sign_in("dana").directory.settings()
    assert (kept.enabled, kept.port, kept.password_place) == (True, people.port, "keyring")
    assert kept.group_roles == (GroupRole(group="cn=helpdesk", role=Role.MANAGER),)
    keys.press_on(row.remove_button, back=True)
    assert keys.place is form.group_roles.add_button
    keys.press_on(section.save_bar.save_button)
    dana.settle()
    assert not sign_in("dana").directory.settings().group_roles


@pytest.fixture(scope="module")
def provider() -> Iterator[RealProvider]:
    with real_provider() as made:
        made.set_person("olga", preferred_username="olga", name="Olga Berg")
        yield made


@pytest.fixture
def opened_pages() -> Iterator[list[str]]:
    """Return the pages that the system's browser is told to open."""
    browser = Browser()
    QDesktopServices.setUrlHandler("http", browser.open)
    yield browser.opened
    QDesktopServices.unsetUrlHandler("http")


@pytest.fixture
def _present(clock) -> None:
    """Set the clock of the desk to that of the machine, which the provider goes by."""
    clock.now = datetime.now(UTC)


@pytest.mark.usefixtures("memory", "_present")
def test_a_provider_is_set_up_and_somebody_signs_in_there(
    provider, opened_pages, dana, found_setting, start_remote, keys, qtbot
):
    section = found_setting(dana, "openid").section
    form = section.form
    keys.press_on(form.enabled)
    for field, text in (
        (form.label, "Sign in with Corp"),
        (form.issuer, provider.issuer),
        (form.client_id, CLIENT),
        (form.key.field, SECRET),
    ):
        keys.to(field)
        keys.overtype(text)
    keys.press_on(section.trial.button)
    dana.settle()
    assert section.trial.result.sentence.startswith("The provider works")
    keys.press_on(section.save_bar.save_button)
    dana.settle()
    app = start_remote()
    window = app.sign_in_window
    keys.press_on(window.form.browser_button, key=Qt.Key_Return)
    qtbot.waitUntil(lambda: bool(opened_pages), timeout=LONGEST_MS)
    assert isinstance(window.page, BrowserPage)
    # What is typed into the page of the provider is not typed here.
    httpx.get(provider.sign_in(opened_pages[-1], "olga"))
    qtbot.waitUntil(lambda: app.main_window is not None, timeout=LONGEST_MS)
    calm(qtbot, app)
    assert app.main_window.desktop.person.full_name == "Olga Berg"
    keys.press(Qt.Key_L, Qt.ControlModifier)
    page = app.main_window.lock.page
    assert keys.place is page.sign_out_button
    keys.press(Qt.Key_Return)
    calm(qtbot, app)
    keys.press_on(window.form.browser_button)
    qtbot.waitUntil(lambda: len(opened_pages) == 2, timeout=LONGEST_MS)
    keys.press(Qt.Key_Escape)
    assert isinstance(window.page, FormPage)
    calm(qtbot, app)


def test_no_section_takes_the_focus_while_it_is_made(dana, keys):
    tab = SettingsTab(dana.desktop)
    dana.show(tab)
    tab.focus_first()
    keys.press(Qt.Key_Down)
    for _ in range(tab.list.count()):
        keys.press(Qt.Key_Down)
        dana.settle()
        assert QApplication.focusWidget() is tab.list
    assert set(tab.sections) > {"sign-in", "api-keys", "teams", "directory"}
