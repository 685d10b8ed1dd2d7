# SPDX-License-Identifier: GPL-3.0-or-later
"""Everybody chooses what they are told of, by which way, and when they are left in peace."""

from __future__ import annotations

from typing import Any

import pytest
from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QApplication, QLabel, QWidget

from helpdesk.core.errors import Busy, Invalid
from helpdesk.core.schemas.notifications import (
    Delivery,
    Happening,
    Preference,
    PreferencesChange,
)
from helpdesk.ui.main_window import MainWindow
from helpdesk.ui.notifications.words import GROUPS, WORDS
from helpdesk.ui.settings.my_notifications import section as module
from helpdesk.ui.settings.my_notifications.section import NotificationsSection
from helpdesk.ui.settings_tab import SettingsTab
from tests.ui.notifications_twin import USUAL, TwinNotifications
from tests.ui.seats import Seat, click, named


@pytest.fixture
def seat(seated) -> Seat:
    bob: Seat = seated("bob")
    return bob


@pytest.fixture
def twin(seat, clock, monkeypatch) -> TwinNotifications:
    twin = TwinNotifications(clock.now)
    monkeypatch.setattr(seat.desktop.desk, "notifications", twin)
    return twin


@pytest.fixture
def section(seat, twin) -> NotificationsSection:
    return opened(seat)


def opened(seat: Seat) -> NotificationsSection:
    tab = SettingsTab(seat.desktop)
    tab.open_section("notifications")
    seat.show(tab)
    assert isinstance(tab.section, NotificationsSection)
    return tab.section


def save(qtbot: Any, seat: Seat, section: NotificationsSection) -> None:
    click(qtbot, section.save_bar.save_button)
    seat.settle()


def says(widget: QWidget, words: str) -> bool:
    return any(words in x.text() and x.isVisible() for x in widget.findChildren(QLabel))


def test_every_happening_has_words_and_a_place():
    grouped = [each for group in GROUPS for each in group.happenings]
    assert sorted(grouped) == sorted(Happening)
    assert set(WORDS) == set(Happening)


# --- on a real desk ---------------------------------------------------------------------------


def test_a_user_finds_own_happenings_alone_and_what_is_chosen_counts(seated, sign_in, qtbot):
    seat = seated("alice")
    section = opened(seat)
    assert section.save_bar.isHidden()
    answered = section.matrix.field(Happening.ANSWERED)
    with pytest.raises(KeyError):
        section.matrix.field(Happening.URGENT)
    assert says(section, "alice@corp.example")
    assert says(section, "The desk does not send e-mail at present")
    answered.desktop.setChecked(False)
    answered.mail.set_key(Delivery.DIGEST)
    section.quiet.setChecked(True)
    section.zone.setText("europe/berlin")
    save(qtbot, seat, section)
    kept = sign_in("alice").notifications.preferences()
    choice = next(each for each in kept.choices if each.happening is Happening.ANSWERED)
    assert (choice.desktop, choice.mail) == (False, Delivery.DIGEST)
    assert (kept.quiet, kept.time_zone) == (True, "Europe/Berlin")
    assert section.save_bar.isHidden()


def test_requesters_are_asked_nothing_of_what_is_urgent(seated):
    section = opened(seated("alice"))
    assert section.quiet.isVisible()
    assert not section.urgent.isVisible()
    assert not section.sound.isVisible()
    assert not section.play_button.isVisible()


def test_the_heads_of_the_columns_stand_above_each_group(seated):
    section = opened(seated("bob"))
    assert section.sound.isVisible()
    texts = [label.text() for label in section.matrix.findChildren(QLabel)]
    assert texts.count("E-mail") == len(GROUPS)
    assert texts.index(GROUPS[1].title) < texts.index(WORDS[Happening.ASSIGNED].name)


def test_an_account_without_an_address_is_told_so(seated, embedded):
    from helpdesk.core.schemas.users import UserChange

    admin = embedded.as_system()
    alice = admin.users.named("alice")
    change = UserChange(email=None, full_name=alice.full_name, version=alice.version)
    admin.users.change(alice.id, change)
    assert says(opened(seated("alice")), "no e-mail address; ask the help desk")


def test_the_gear_of_the_list_leads_here(seated, qtbot):
    seat = seated("bob")
    window = MainWindow(seat.desktop)
    seat.show(window)
    window.notifications.open_list()
    seat.settle()
    click(qtbot, window.notifications.panel.settings_button)
    seat.settle()
    tab = window.current_tab()
    assert isinstance(tab, SettingsTab)
    assert isinstance(tab.section, NotificationsSection)
    assert not window.notifications.panel.isVisible()


# --- the form ---------------------------------------------------------------------------------


def test_only_what_was_changed_is_sent(section, seat, twin, qtbot):
    heard: list[str] = []
    section.said.connect(heard.append)
    section.matrix.field(Happening.OVERDUE).app.click()
    section.begin.set_minutes(21 * 60 + 30)
    section.digest.set_minutes(9 * 60)
    assert says(section.save_bar, "3 changes are not saved yet.")
    save(qtbot, seat, section)
    wanted = Preference(happening=Happening.OVERDUE, app=False, desktop=False, mail=Delivery.OFF)
    assert twin.changes == [
        PreferencesChange(choices=(wanted,), quiet_from=21 * 60 + 30, digest_at=9 * 60)
    ]
    assert heard == ["How you are told was saved."]
    assert section.save_bar.isHidden()


def test_discarding_shows_what_is_kept(section, twin, qtbot):
    section.quiet.click()
    section.zone.setText("Nowhere")
    section.matrix.field(Happening.ASSIGNED).mail.set_key(Delivery.NOW)
    click(qtbot, section.save_bar.discard_button)
    assert not section.quiet.isChecked()
    assert section.zone.text() == "UTC"
    assert section.matrix.field(Happening.ASSIGNED).mail.key is Delivery.OFF
    assert section.save_bar.isHidden()


def test_news_takes_nothing_away_that_is_not_saved(section, seat, twin):
    section.matrix.field(Happening.ASSIGNED).app.click()
    section.zone.setText("Asia/Tokyo")
    twin.kept = USUAL.model_copy(update={"digest_at": 600, "email": "new@corp.example"})
    section.load()
    seat.settle()
    assert not section.matrix.field(Happening.ASSIGNED).app.isChecked()
    assert section.zone.text() == "Asia/Tokyo"
    assert section.digest.minutes == 600
    assert says(section, "new@corp.example")
    assert says(section.save_bar, "2 changes are not saved yet.")


def test_a_zone_that_does_not_exist_is_said_at_its_field(section, seat, twin, qtbot):
    section.zone.setText("Europe/Atlantis")
    save(qtbot, seat, section)
    row = section.fields.rows["time_zone"]
    assert row.error.startswith("There is no time zone of this name")
    assert section.zone.hasFocus()
    assert twin.changes == []
    section.zone.setText("europe/berlin")
    assert row.error == ""
    save(qtbot, seat, section)
    assert twin.changes[0].time_zone == "Europe/Berlin", "spelt as it is"


def test_the_zone_of_the_computer_is_offered(section, monkeypatch, qtbot):
    monkeypatch.setattr(module, "zone_here", lambda: "Asia/Tokyo")
    section.zone.setText("Europe/Berlin")
    assert section.here_button.text() == "Use Asia/Tokyo, as this computer"
    click(qtbot, section.here_button)
    assert section.zone.zone == "Asia/Tokyo"
    assert not section.here_button.isVisible()


def test_zones_are_found_by_any_part_of_their_name(section, seat, qtbot):
    completer = section.zone.completer()
    completer.setCompletionPrefix("berl")
    assert completer.currentCompletion() == "Europe/Berlin"


def test_what_the_desk_refuses_keeps_what_was_chosen(section, seat, twin, qtbot):
    section.zone.setText("Europe/Berlin")
    twin.fault = Invalid("Not this zone.", field="time_zone")
    save(qtbot, seat, section)
    assert section.fields.rows["time_zone"].error == "Not this zone."
    twin.fault = Busy("Another program is writing.")
    save(qtbot, seat, section)
    assert section.banner.text == "Another program is writing."
    assert section.zone.text() == "Europe/Berlin"
    assert section.save_bar.isVisible()
    assert section.save_bar.save_button.isEnabled()


def test_hours_can_be_set_only_while_they_count(section):
    assert not section.begin.isEnabled()
    assert not section.urgent.isEnabled()
    section.quiet.click()
    assert section.begin.isEnabled()
    assert section.urgent.isEnabled()


def test_what_cannot_be_read_can_be_asked_for_again(seat, twin):
    twin.fault = Busy("Another program is writing.")
    section = opened(seat)
    assert section.states.state == "failed"
    twin.fault = None
    section.load()
    seat.settle()
    assert section.states.state == "content"


def test_the_search_finds_a_setting_and_puts_the_focus_into_it(seat, twin, qtbot):
    tab = SettingsTab(seat.desktop)
    seat.show(tab)
    qtbot.keyClicks(tab.search, "quiet hours")
    qtbot.keyClick(tab.search, Qt.Key_Return)
    seat.settle()
    assert isinstance(tab.section, NotificationsSection)
    assert QApplication.focusWidget() is tab.section.quiet
    play = named(tab.section, "Play the sound")
    with qtbot.waitSignal(tab.section.chime.silent):
        play.click()
