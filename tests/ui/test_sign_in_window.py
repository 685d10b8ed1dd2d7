# SPDX-License-Identifier: GPL-3.0-or-later
"""The first window: it lets the right people in and says plainly what is wrong otherwise."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing

import pytest
from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QLabel, QPushButton, QWidget

from helpdesk.app import App
from helpdesk.core.paths import DataFolder
from helpdesk.core.schemas.users import NewUser
from helpdesk.ui.sign_in_window import SignInWindow
from tests.conftest import PASSWORD
from tests.ui.seats import calm, click, enter


@pytest.fixture
def empty(tmp_path) -> DataFolder:
    return DataFolder(tmp_path / "elsewhere").ensure()


def words(widget: QWidget) -> str:
    return "\n".join(x.text() for x in widget.findChildren(QLabel) if x.isVisible())


def errors(window: SignInWindow) -> list[str]:
    return [
        x.text()
        for x in window.findChildren(QLabel)
        if x.property("role") == "error" and x.isVisible()
    ]


def attempt(qtbot, app: App, username: str, password: str) -> None:
    window = app.sign_in_window
    window.username.setText(username)
    window.password.setText(password)
    click(qtbot, window.sign_in_button)
    calm(qtbot, app)


def test_the_right_password_opens_the_main_window(start_app, qtbot):
    app = start_app()
    assert app.sign_in_window.username.hasFocus() or app.sign_in_window.focusWidget() is not None
    window = enter(qtbot, app, "alice", PASSWORD)
    assert window.isVisible()
    assert not app.sign_in_window.isVisible()
    assert app.sign_in_window.password.text() == ""


@pytest.mark.parametrize(("username", "password"), [("alice", "wrong"), ("nobody", PASSWORD)])
def test_a_wrong_password_says_the_same_for_everybody(start_app, qtbot, username, password):
    app = start_app()
    attempt(qtbot, app, username, password)
    assert errors(app.sign_in_window) == ["The user name or the password is wrong."]
    assert app.main_window is None
    assert app.sign_in_window.sign_in_button.isEnabled()
    assert app.sign_in_window.password.hasSelectedText()


@pytest.mark.parametrize(("username", "password"), [("", "x"), ("  ", "x"), ("alice", "")])
def test_an_empty_field_is_explained_without_asking_the_desk(start_app, qtbot, username, password):
    app = start_app()
    attempt(qtbot, app, username, password)
    assert errors(app.sign_in_window) == ["Type your user name and your password."]


@pytest.mark.parametrize("odd", ["\x00", "lone \ud83d", "x" * 10_000, "a\nb", "<b>x</b>", "🖨" * 30])
def test_odd_names_and_passwords_are_merely_wrong(start_app, qtbot, odd):
    app = start_app()
    attempt(qtbot, app, odd, odd)
    assert errors(app.sign_in_window) == ["The user name or the password is wrong."]


def test_after_some_wrong_passwords_one_has_to_wait(start_app, qtbot):
    app = start_app()
    # The wait doubles with each failure, so that it outgrows the pace of a slow machine too.
    for _ in range(12):
        attempt(qtbot, app, "alice", "wrong")
        [sentence] = errors(app.sign_in_window)
        if "try again" in sentence:
            break
    assert re.search(r"try again in \d+ seconds?", sentence)


def test_enter_in_the_name_goes_on_and_a_double_press_is_one_try(start_app, qtbot):
    app = start_app()
    window = app.sign_in_window
    window.username.setText("alice")
    window.password.setText(PASSWORD)
    qtbot.keyClick(window.username, Qt.Key_Return)
    qtbot.keyClick(window.password, Qt.Key_Return)
    click(qtbot, window.sign_in_button)
    assert window.sign_in_button.text() == "Signing in…"
    qtbot.waitUntil(lambda: app.main_window is not None)
    calm(qtbot, app)
    windows = [w for w in qtbot_windows() if type(w).__name__ == "MainWindow" and w.isVisible()]
    assert len(windows) == 1


def qtbot_windows() -> list[QWidget]:
    from PyQt5.QtWidgets import QApplication

    return list(QApplication.topLevelWidgets())


@pytest.fixture
def one_time(embedded) -> str:
    new = NewUser(username="gina", full_name="Gina New")
    password: str = embedded.as_system().users.add(new).password
    return password


def test_a_one_time_password_must_be_replaced(start_app, one_time, qtbot):
    app = start_app()
    window = app.sign_in_window
    attempt(qtbot, app, "gina", one_time)
    assert "works once" in words(window)
    assert "At least 15 characters" in words(window), "it is said before it is typed"
    assert window.new_password.isVisible()
    for first, second, sentence in (
        ("one thing of my own", "another thing of mine", "The two passwords differ; type the"),
        ("short", "shorter", "Choose a password of at least 15 characters"),
        ("short", "short", "at least"),
        (one_time, one_time, "other than the one-time one"),
    ):
        window.new_password.setText(first)
        window.repeated_password.setText(second)
        click(qtbot, window.new_password_page.save_button)
        calm(qtbot, app)
        assert sentence in words(window)
    window.new_password.setText("a password of my own")
    window.repeated_password.setText("a password of my own")
    window.repeated_password.setFocus()
    qtbot.keyClick(window.repeated_password, Qt.Key_Return)
    qtbot.waitUntil(lambda: app.main_window is not None)
    calm(qtbot, app)
    app.main_window.sign_out()
    calm(qtbot, app)
    attempt(qtbot, app, "gina", one_time)
    assert errors(window) == ["The user name or the password is wrong."]
    enter(qtbot, app, "gina", "a password of my own")


def test_one_can_go_back_from_choosing_a_password(start_app, one_time, qtbot):
    app = start_app()
    attempt(qtbot, app, "gina", one_time)
    [back] = [
        b
        for b in app.sign_in_window.findChildren(QPushButton)
        if b.isVisible() and b.text() in {"Back", "Cancel"}
    ]
    click(qtbot, back)
    assert app.sign_in_window.username.isVisible()
    enter(qtbot, app, "alice", PASSWORD)


def test_without_a_desk_one_can_be_made(start_app, empty, qtbot):
    app = start_app(empty)
    window = app.sign_in_window
    assert "There is no desk on this workstation yet." in words(window)
    click(qtbot, window.no_desk.make_button)
    qtbot.waitUntil(window.new_password.isVisible)
    calm(qtbot, app)
    window.new_password_page.back_button.click()
    told = re.search(r"Sign in as (\S+) with (\S+) \(works once\)", words(window))
    assert told, words(window)
    label = next(x for x in window.findChildren(QLabel) if "Sign in as" in x.text())
    assert label.textInteractionFlags() & Qt.TextSelectableByMouse, "it has to be copied"
    assert errors(window) == [], "good news is not shown as an error"
    attempt(qtbot, app, told[1], "mistyped")
    assert told[2] in words(window), "it is shown nowhere else"
    attempt(qtbot, app, told[1], told[2])
    assert window.new_password.isVisible()
    window.new_password.setText("a password of my own")
    window.repeated_password.setText("a password of my own")
    click(qtbot, window.new_password_page.save_button)
    qtbot.waitUntil(lambda: app.main_window is not None)
    assert "users" in app.main_window.tab_keys
    calm(qtbot, app)


def test_a_demo_desk_offers_its_people(start_app, empty, qtbot):
    app = start_app(empty)
    window = app.sign_in_window
    click(qtbot, window.no_desk.demo_button)
    assert not window.no_desk.make_button.isEnabled()
    assert "Making a demo desk" in words(window)
    qtbot.waitUntil(window.username.isVisible)
    calm(qtbot, app)
    assert "Demo desk" in words(window)
    for person in ("alice", "bob", "charlie", "dana"):
        button = window.findChild(QPushButton, f"demo-{person}")
        assert button is not None
        assert button.accessibleName().startswith("Sign in as ")
    click(qtbot, window.findChild(QPushButton, "demo-bob"))
    qtbot.waitUntil(lambda: app.main_window is not None)
    assert app.main_window.windowTitle() == "Demo desk"
    calm(qtbot, app)
    app.main_window.sign_out()
    calm(qtbot, app)
    click(qtbot, window.findChild(QPushButton, "demo-dana"))
    qtbot.waitUntil(lambda: app.main_window is not None)
    assert app.main_window.desktop.person.username == "dana"
    calm(qtbot, app)


def test_a_desk_that_cannot_be_made_says_why_and_offers_again(start_app, empty, qtbot):
    app = start_app(empty)
    empty.database.mkdir()
    window = app.sign_in_window
    click(qtbot, window.no_desk.make_button)
    calm(qtbot, app)
    assert window.no_desk.make_button.isEnabled()
    assert "no desk on this workstation yet" not in words(window), "the reason is said"


def test_a_damaged_file_is_told_and_can_be_tried_again(start_app, folder, qtbot):
    sound = folder.database.read_bytes()
    folder.database.write_bytes(b"this is no database at all" * 100)
    app = start_app()
    window = app.sign_in_window
    [sentence] = errors(window)
    assert "not a sound database" in sentence
    assert "restore" in sentence
    assert folder.database.read_bytes().startswith(b"this is no database")
    click(qtbot, window.failed.retry_button)
    calm(qtbot, app)
    assert errors(window) == [sentence]
    folder.database.write_bytes(sound)
    click(qtbot, window.failed.retry_button)
    calm(qtbot, app)
    enter(qtbot, app, "alice", PASSWORD)


def test_a_desk_of_a_newer_program_names_what_is_needed(start_app, folder, qtbot):
    with closing(sqlite3.connect(folder.database, isolation_level=None)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    app = start_app()
    [sentence] = errors(app.sign_in_window)
    assert "9999" in sentence
    assert "newer" in sentence


def test_signing_in_is_refused_while_the_file_is_locked_and_works_later(
    impatient, start_app, folder, qtbot
):
    app = start_app()
    with closing(sqlite3.connect(folder.database, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        attempt(qtbot, app, "alice", PASSWORD)
        other.execute("ROLLBACK")
    [sentence] = errors(app.sign_in_window)
    assert "try again" in sentence
    assert app.sign_in_window.password.text() == PASSWORD, "nothing has to be typed again"
    click(qtbot, app.sign_in_window.sign_in_button)
    qtbot.waitUntil(lambda: app.main_window is not None)
    calm(qtbot, app)


def test_a_wrong_settings_file_is_told(start_app, folder, qtbot):
    folder.settings.write_text("[database]\nbusy_timeout_seconds = 'soon'\n")
    app = start_app()
    [sentence] = errors(app.sign_in_window)
    assert "busy_timeout_seconds" in sentence
    folder.settings.unlink()
    click(qtbot, app.sign_in_window.failed.retry_button)
    calm(qtbot, app)
    assert app.sign_in_window.username.isVisible()
