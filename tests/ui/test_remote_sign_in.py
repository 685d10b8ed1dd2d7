# SPDX-License-Identifier: GPL-3.0-or-later
"""Signing in to a server: what is said while it is far, away or of another version."""

from __future__ import annotations

import pytest
from PyQt5.QtWidgets import QLabel, QPushButton, QWidget

from helpdesk.core.errors import NewerServer, NoDesk, OlderServer, Unreachable
from helpdesk.core.schemas.users import Leaving
from helpdesk.ui import sign_in_window
from tests.conftest import PASSWORD
from tests.ui.remote_twin import HOST, NO_ANSWER
from tests.ui.seats import LONGEST_MS, button, calm, click, enter


def words(widget: QWidget) -> str:
    return "\n".join(x.text() for x in widget.findChildren(QLabel) if x.isVisible())


def test_the_window_names_the_server_before_it_answers(start_remote, server, qtbot):
    app = start_remote()
    assert f"Team desk · {HOST}" in words(app.sign_in_window)
    with qtbot.waitSignal(app.sign_in_window.opened):
        app.sign_in_window.open_desk()
        assert f"Connecting to {HOST}…" in words(app.sign_in_window)
    window = enter(qtbot, app, "alice", PASSWORD)
    assert window.isVisible()


def test_a_server_that_is_away_is_told_and_tried_again_by_hand(start_remote, server, qtbot):
    server.is_away = True
    app = start_remote()
    assert NO_ANSWER in words(app.sign_in_window)
    assert "tried again by itself" in words(app.sign_in_window)
    server.is_away = False
    click(qtbot, button(app.sign_in_window, "Try again"))
    calm(qtbot, app)
    assert app.sign_in_window.username.isVisible()


def test_a_server_that_comes_back_is_found_by_itself(start_remote, server, qtbot, monkeypatch):
    monkeypatch.setattr(sign_in_window, "_RETRY_MS", (20, 20))
    server.is_away = True
    app = start_remote()
    asked = server.programs
    qtbot.waitUntil(lambda: server.programs > asked + 1, timeout=LONGEST_MS)
    assert NO_ANSWER in words(app.sign_in_window), "the page does not flicker"
    server.is_away = False
    qtbot.waitUntil(app.sign_in_window.username.isVisible, timeout=LONGEST_MS)


@pytest.mark.parametrize(
    ("error", "title"),
    [
        (NewerServer("Install the newer version."), "This program is out of date"),
        (OlderServer("Ask whoever runs it."), "The server is out of date"),
    ],
)
def test_another_version_has_a_page_of_its_own(start_remote, server, qtbot, error, title):
    server.faults["Desks.info"] = error
    app = start_remote()
    assert title in words(app.sign_in_window)
    assert str(error) in words(app.sign_in_window)
    server.faults.clear()
    click(qtbot, button(app.sign_in_window, "Try again"))
    calm(qtbot, app)
    assert app.sign_in_window.username.isVisible()


def test_a_wrong_certificate_is_told_in_its_own_sentence(start_remote, server):
    server.faults["Desks.info"] = Unreachable("The certificate of the server has run out.")
    assert "The certificate of the server has run out." in words(start_remote().sign_in_window)


def test_nobody_makes_a_desk_on_a_server_from_here(start_remote, server):
    server.faults["Desks.info"] = NoDesk("There is no desk yet.")
    window = start_remote().sign_in_window
    assert "There is no desk yet." in words(window)
    offered = [b.text() for b in window.findChildren(QPushButton) if b.isVisible()]
    assert offered == ["Try again"]


def test_a_server_lost_while_signing_in_keeps_the_form(start_remote, server, qtbot):
    app = start_remote()
    server.is_away = True
    app.sign_in_window.username.setText("alice")
    app.sign_in_window.password.setText(PASSWORD)
    click(qtbot, app.sign_in_window.sign_in_button)
    calm(qtbot, app)
    assert NO_ANSWER in words(app.sign_in_window)
    assert app.sign_in_window.username.text() == "alice"


def test_who_stays_signed_in_is_not_asked_at_the_next_start(start_remote, server, qtbot):
    app = start_remote()
    app.sign_in_window.stay_box.setChecked(True)
    enter(qtbot, app, "bob", PASSWORD)
    app.main_window.close()
    app.stop()
    again = start_remote()
    qtbot.waitUntil(lambda: again.main_window is not None, timeout=LONGEST_MS)
    calm(qtbot, again)
    assert again.main_window.desktop.person.username == "bob"
    assert not again.sign_in_window.isVisible()


def test_signing_out_forgets(start_remote, server, qtbot):
    app = start_remote()
    app.sign_in_window.stay_box.setChecked(True)
    enter(qtbot, app, "bob", PASSWORD)
    app.main_window.sign_out()
    calm(qtbot, app)
    assert server.keyring is None
    assert not app.sign_in_window.stay_box.isChecked(), "the next person is asked anew"
    assert start_remote().main_window is None


def test_who_does_not_ask_for_it_is_not_remembered(start_remote, server, qtbot):
    enter(qtbot, start_remote(), "bob", PASSWORD)
    assert server.keyring is None


def test_an_ended_session_is_asked_for_again(start_remote, server, embedded, qtbot):
    app = start_remote()
    app.sign_in_window.stay_box.setChecked(True)
    enter(qtbot, app, "bob", PASSWORD)
    app.main_window.close()
    app.stop()
    admin = embedded.as_system()
    bob = admin.users.named("bob")
    admin.users.deactivate(bob.id, Leaving(version=bob.version))
    again = start_remote()
    assert again.main_window is None
    assert again.sign_in_window.username.isVisible()


def test_without_a_keyring_nobody_is_offered_to_be_remembered(start_remote, server):
    server.has_keyring = False
    assert not start_remote().sign_in_window.stay_box.isVisible()


def test_on_this_workstation_nobody_is_offered_to_be_remembered(start_app):
    assert not start_app().sign_in_window.stay_box.isVisible()
