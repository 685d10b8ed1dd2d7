# SPDX-License-Identifier: GPL-3.0-or-later
"""Signing in with more than a password, and finding the way back to a lost one."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator

import pytest
from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QApplication, QLineEdit

from helpdesk.core.errors import Conflict
from helpdesk.core.schemas.accounts import CodeProof, Confirmation, Proof
from helpdesk.core.schemas.users import NewSession
from helpdesk.jobs import resets
from helpdesk.services.delivering import Delivering
from helpdesk.services.secret_box import REMEDY, new_key
from helpdesk.ui.sign_in.code_page import CodePage
from helpdesk.ui.sign_in.enrol_page import EnrolPage
from helpdesk.ui.sign_in.forgotten_page import ForgottenPage, ResetPage
from helpdesk.ui.sign_in.form_page import FormPage
from helpdesk.ui.sign_in.recovery_page import RecoveryPage
from helpdesk.ui.theme import Theme
from tests.conftest import PASSWORD
from tests.outboxes import use_mail
from tests.smtp_server import MailServer, mail_server
from tests.ui.authenticator import Phone
from tests.ui.remote_twin import TwinApp
from tests.ui.seats import LONGEST_MS, button, calm, click

NEW = "some other words together"


@pytest.fixture(autouse=True)
def _keys_and_roles(monkeypatch) -> None:
    monkeypatch.setenv("HELPDESK_SECURITY__SECRET_KEY", new_key())
    monkeypatch.setenv("HELPDESK_SECURITY__SECOND_FACTOR_ROLES", '["manager"]')


@pytest.fixture
def mails(embedded) -> Iterator[MailServer]:
    with mail_server() as made:
        use_mail(embedded.database, made.port)
        yield made


def type_in(qtbot, field: QLineEdit, text: str) -> None:
    field.setFocus()
    field.clear()
    qtbot.keyClicks(field, text)


def sign_in(qtbot, app: TwinApp, username: str, password: str = PASSWORD) -> None:
    window = app.sign_in_window
    type_in(qtbot, window.username, username)
    type_in(qtbot, window.password, password)
    qtbot.keyClick(window.password, Qt.Key_Return)
    calm(qtbot, app)


def sign_out(qtbot, app: TwinApp) -> None:
    if app.main_window is not None:
        app.main_window.sign_out()
        calm(qtbot, app)


def enter_code(qtbot, app: TwinApp, code: str) -> None:
    page = app.sign_in_window.page
    assert isinstance(page, CodePage | EnrolPage)
    field = page.field if isinstance(page, CodePage) else page.view.field
    type_in(qtbot, field, code)
    qtbot.keyClick(field, Qt.Key_Return)
    calm(qtbot, app)


def keep_codes(qtbot, app: TwinApp) -> list[str]:
    """Keep the recovery codes as the clipboard has them, and go on."""
    page = app.sign_in_window.page
    assert isinstance(page, RecoveryPage)
    click(qtbot, page.view.copy_button)
    copied = QApplication.clipboard().text().split()[-10:]
    qtbot.keyClick(page.view.kept_box, Qt.Key_Space)
    click(qtbot, page.go_button)
    calm(qtbot, app)
    return copied


def with_app(embedded, clock, username: str) -> Phone:
    """Give somebody an authenticator app, as the settings do."""
    desk = embedded.facade()
    desk.sessions.sign_in(NewSession(username=username, password=PASSWORD))
    enrolment = desk.second_factors.begin(Proof(password=PASSWORD))
    phone = Phone.__new__(Phone)
    phone.secret = enrolment.secret
    desk.second_factors.confirm(Confirmation(code=phone.code(clock())))
    desk.close()
    return phone


def is_in(app: TwinApp, username: str) -> bool:
    window = app.main_window
    return window is not None and window.desktop.person.username == username


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_a_role_that_needs_an_app_sets_it_up_and_its_codes_sign_in(
    start_remote, clock, qtbot, tmp_path, look: Theme, mode
):
    look.set_mode(mode)
    app = start_remote()
    window = app.sign_in_window
    sign_in(qtbot, app, "charlie")
    page = window.page
    assert isinstance(page, EnrolPage)
    phone = Phone(page.view, "charlie")
    click(qtbot, page.view.copy_button)
    assert QApplication.clipboard().text() == phone.secret
    enter_code(qtbot, app, "000000" if phone.code(clock()) != "000000" else "111111")
    assert "The code is wrong" in page.message.text()
    enter_code(qtbot, app, phone.code(clock()))
    assert app.main_window is None, "the codes are to be kept first"
    kept = window.page
    assert isinstance(kept, RecoveryPage)
    click(qtbot, kept.go_button)
    assert kept.message.text() == "Keep the codes first, then tick the box above."
    file = tmp_path / "codes.txt"
    kept.view.save(file)
    calm(qtbot, app)
    codes = keep_codes(qtbot, app)
    assert is_in(app, "charlie")
    assert file.read_text().split()[-10:] == codes
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(set(codes)) == 10
    sign_out(qtbot, app)
    clock.forward(seconds=31)
    sign_in(qtbot, app, "charlie")
    assert isinstance(window.page, CodePage)
    enter_code(qtbot, app, phone.code(clock()))
    assert is_in(app, "charlie")


def test_a_code_can_be_pasted_with_blanks_and_is_not_asked_in_vain(
    start_remote, server, embedded, clock, qtbot
):
    phone = with_app(embedded, clock, "bob")
    clock.forward(seconds=31)
    app = start_remote()
    sign_in(qtbot, app, "bob")
    page = app.sign_in_window.page
    assert isinstance(page, CodePage)
    assert page.field.hasFocus()
    asked = server.reached.count("SecondFactors.enter")
    enter_code(qtbot, app, "12 34")
    assert page.message.text() == "Type the six digits that the app shows."
    assert server.reached.count("SecondFactors.enter") == asked
    code = phone.code(clock())
    QApplication.clipboard().setText(f" {code[:3]} {code[3:]}\n")
    page.field.clear()
    page.field.paste()
    qtbot.keyClick(page.field, Qt.Key_Return)
    calm(qtbot, app)
    assert is_in(app, "bob")


def test_a_recovery_code_takes_the_place_of_the_app_once(start_remote, embedded, clock, qtbot):
    phone = with_app(embedded, clock, "bob")
    clock.forward(seconds=31)
    app = start_remote()
    sign_in(qtbot, app, "bob")
    enter_code(qtbot, app, phone.code(clock()))
    clock.forward(seconds=31)
    proof = CodeProof(password=PASSWORD, code=phone.code(clock()))
    desk = app.main_window.desktop.desk
    made: list[str] = []
    app.background.run(app, desk.second_factors.renew_codes, proof).then(
        lambda codes: made.extend(codes.codes)
    )
    calm(qtbot, app)
    for number, outcome in ((0, True), (0, False), (1, True), (2, True)):
        sign_out(qtbot, app)
        sign_in(qtbot, app, "bob")
        page = app.sign_in_window.page
        assert isinstance(page, CodePage)
        if number != 2:
            click(qtbot, page.other_button)
            assert "Recovery code" in page.field.accessibleName()
        else:
            assert page.field.accessibleName() == "Code", "it is taken there as well"
        enter_code(qtbot, app, made[number].upper())
        assert is_in(app, "bob") is outcome
        if not outcome:
            assert "wrong or was used before" in page.message.text()
            qtbot.keyClick(page.field, Qt.Key_Escape)
            assert isinstance(app.sign_in_window.page, FormPage)


def test_a_sign_in_that_took_too_long_begins_again_with_the_password(
    start_remote, embedded, clock, qtbot
):
    phone = with_app(embedded, clock, "bob")
    app = start_remote()
    sign_in(qtbot, app, "bob")
    clock.forward(minutes=6)
    enter_code(qtbot, app, phone.code(clock()))
    window = app.sign_in_window
    assert isinstance(window.page, FormPage)
    assert "took too long" in window.form.message.text()
    assert (window.username.text(), window.password.text()) == ("bob", "")
    assert window.password.hasFocus()


def test_a_desk_that_cannot_keep_a_secret_names_the_remedy(start_remote, server, qtbot):
    app = start_remote()
    server.faults["SecondFactors.enrol"] = Conflict(REMEDY)
    sign_in(qtbot, app, "charlie")
    page = app.sign_in_window.page
    assert isinstance(page, EnrolPage)
    assert page.message.text() == REMEDY
    assert not page.view.isVisible()
    click(qtbot, page.back_button)
    assert isinstance(app.sign_in_window.page, FormPage)


def test_a_lost_password_comes_back_by_a_mailed_code(
    start_remote, embedded, clock, mails: MailServer, qtbot
):
    app = start_remote()
    window = app.sign_in_window
    type_in(qtbot, window.username, "alice")
    click(qtbot, window.form.forgotten_button)
    asks = window.page
    assert isinstance(asks, ForgottenPage)
    assert asks.username.text() == "alice"
    qtbot.keyClick(asks.username, Qt.Key_Return)
    calm(qtbot, app)
    page = window.page
    assert isinstance(page, ResetPage)
    assert "If there is such an account" in page._words.text()  # noqa: SLF001
    resets.write_mails(embedded, clock())
    Delivering(embedded.database, embedded.settings, clock()).run()
    part = mails.received[-1].message.get_body(("plain",))
    assert part is not None
    found = re.search(r"Your code is ([a-z0-9-]+)", part.get_content())
    assert found is not None
    for code, first, again, words in (
        ("", NEW, NEW, "Type the code from the mail."),
        (found[1], "", "", "Choose a new password; a few words are best."),
        (found[1], NEW, "another", "The two passwords differ; type the same twice."),
        ("not-the-code", NEW, NEW, ""),
        (found[1], "short", "short", "at least"),
    ):
        type_in(qtbot, page.code, code)
        type_in(qtbot, page.new_password, first)
        type_in(qtbot, page.repeated_password, again)
        click(qtbot, page.save_button)
        calm(qtbot, app)
        assert words in page.message.text()
        assert page.message.isVisible()
        assert isinstance(window.focusWidget(), QLineEdit), "Enter goes on, not back"
    type_in(qtbot, page.new_password, NEW)
    type_in(qtbot, page.repeated_password, NEW)
    qtbot.keyClick(page.repeated_password, Qt.Key_Return)
    calm(qtbot, app)
    assert isinstance(window.page, FormPage)
    assert window.username.text() == "alice"
    assert window.password.hasFocus()
    sign_in(qtbot, app, "alice", NEW)
    assert is_in(app, "alice"), window.form.message.text()


def test_the_answer_is_the_same_for_whoever_is_not_known(start_remote, mails, qtbot):
    app = start_remote()
    window = app.sign_in_window
    said = []
    for name in ("alice", "nobody"):
        type_in(qtbot, window.username, name)
        click(qtbot, window.form.forgotten_button)
        window.page.go_on()
        calm(qtbot, app)
        assert isinstance(window.page, ResetPage)
        said.append(window.page._words.text())  # noqa: SLF001
        click(qtbot, window.page.back_button)
    assert said[0] == said[1]


def test_where_no_mail_is_sent_it_is_said_up_front(start_remote, qtbot):
    app = start_remote()
    window = app.sign_in_window
    click(qtbot, window.form.forgotten_button)
    page = window.page
    assert isinstance(page, ForgottenPage)
    assert "cannot send mail" in page._words.text()  # noqa: SLF001
    assert not page.username.isVisible()
    assert not page.go_button.isVisible()
    assert page.back_button.hasFocus()
    qtbot.keyClick(page.back_button, Qt.Key_Return)
    assert isinstance(window.page, FormPage)


def test_a_given_up_sign_in_lets_nobody_in_and_crosses_no_other(
    start_remote, server, embedded, clock, qtbot
):
    phone = with_app(embedded, clock, "bob")
    clock.forward(seconds=31)
    app = start_remote()
    window = app.sign_in_window
    sign_in(qtbot, app, "bob")
    page = window.page
    assert isinstance(page, CodePage)
    type_in(qtbot, page.field, phone.code(clock()))
    qtbot.keyClick(page.field, Qt.Key_Return)
    qtbot.keyClick(page.field, Qt.Key_Escape)
    assert isinstance(window.page, FormPage)
    assert not window.sign_in_button.isEnabled()
    qtbot.waitUntil(window.sign_in_button.isEnabled, timeout=LONGEST_MS)
    calm(qtbot, app)
    assert app.main_window is None
    assert server.reached[-1] == "Sessions.sign_out"
    sign_in(qtbot, app, "alice")
    assert is_in(app, "alice")


def test_passwords_can_be_looked_at_while_they_are_typed(start_remote, qtbot):
    window = start_remote().sign_in_window
    type_in(qtbot, window.password, "secret words")
    [eye] = window.password.actions()
    eye.trigger()
    assert window.password.echoMode() == QLineEdit.Normal
    click(qtbot, window.form.forgotten_button)
    click(qtbot, button(window, "Back"))
    assert window.password.echoMode() == QLineEdit.Password
