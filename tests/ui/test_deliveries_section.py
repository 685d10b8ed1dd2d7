# SPDX-License-Identifier: GPL-3.0-or-later
"""Admins see what did not arrive and why, and send it again or give it up."""

from __future__ import annotations

from datetime import timedelta

import pytest
from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QApplication

from helpdesk.core.errors import Busy
from helpdesk.core.schemas.notifications import (
    DeliveryChoice,
    DeliveryPage,
    DeliveryQuery,
    DeliveryState,
    MailChange,
    MailSecurity,
)
from helpdesk.core.schemas.tickets import NewTicket
from helpdesk.ui import theme
from helpdesk.ui.main_window import MainWindow
from helpdesk.ui.settings.deliveries.list_model import PAGE
from helpdesk.ui.settings.deliveries.section import DeliveriesSection
from helpdesk.ui.settings_tab import SettingsTab
from helpdesk.ui.widgets.question import Question
from helpdesk.ui.widgets.times import clock_time
from tests.ui.channels_twin import ON, TwinChannels
from tests.ui.seats import LONGEST_MS, Seat, click, shown

PARKED, SENT, WAITING = DeliveryState.PARKED, DeliveryState.SENT, DeliveryState.WAITING
REFUSED = "The server refused the address for good: 550 5.1.1 User unknown."


@pytest.fixture
def dana(seated) -> Seat:
    seat: Seat = seated("dana")
    return seat


@pytest.fixture
def twin(dana, clock, monkeypatch) -> TwinChannels:
    twin = TwinChannels(clock.now)
    monkeypatch.setattr(dana.desktop.desk, "channels", twin)
    return twin


def opened(dana: Seat) -> DeliveriesSection:
    tab = SettingsTab(dana.desktop)
    tab.open_section("deliveries")
    dana.show(tab)
    assert isinstance(tab.section, DeliveriesSection)
    return tab.section


def listed(section: DeliveriesSection) -> list[str]:
    model = section.model
    return [model.index(row).data(Qt.UserRole).subject for row in range(model.rowCount())]


def agree(section: DeliveriesSection) -> None:
    question = section.findChild(Question)
    assert isinstance(question, Question)
    question.agree_button.click()


def test_on_a_real_desk_a_mail_waits_and_can_be_dropped(dana, sign_in, qtbot):
    channels = sign_in("dana").channels
    channels.change_mail(
        MailChange(
            enabled=True,
            host="127.0.0.1",
            security=MailSecurity.NONE,
            sender="helpdesk@corp.example",
        )
    )
    section = opened(dana)
    assert section.list_states.state == "empty"
    dana.feed.start()
    ticket = sign_in("alice").tickets.open(NewTicket(subject="The printer is jammed"))
    qtbot.waitUntil(lambda: section.cards["waiting"].number.text() == "1", timeout=LONGEST_MS)
    dana.settle()
    [subject] = listed(section)
    assert ticket.number in subject
    section.rows.selectAll()
    assert section.drop_button.text() == "Drop"
    click(qtbot, section.drop_button)
    agree(section)
    dana.settle()
    [message] = channels.deliveries(DeliveryQuery()).items
    assert message.state is DeliveryState.DROPPED
    assert section.cards["waiting"].accessibleName() == "Waiting: 0 nothing is waiting"


def test_however_many_changes_it_asks_once_and_once_more_after_a_pause(dana, twin, monkeypatch):
    section = opened(dana)
    asked: list[DeliveryQuery] = []
    deliveries = twin.deliveries

    def counted(query: DeliveryQuery) -> DeliveryPage:
        asked.append(query)
        page: DeliveryPage = deliveries(query)
        return page

    monkeypatch.setattr(twin, "deliveries", counted)

    def hear_of_many() -> None:
        for number in range(20):
            dana.feed.changed.emit("ticket", (number,))
            dana.settle()

    def wait() -> None:
        section.pause.stop()
        section.pause.timeout.emit()
        dana.settle()

    hear_of_many()
    assert len(asked) == 1
    wait()
    assert len(asked) == 2
    assert section.pause.isActive()
    wait()
    assert len(asked) == 2
    # While nobody looks, nothing is asked.
    hear_of_many()
    assert len(asked) == 3
    tab = section.window()
    tab.hide()
    hear_of_many()
    wait()
    assert len(asked) == 3
    tab.show()
    dana.settle()
    assert len(asked) == 4


def test_numbers_states_and_problems_are_said(dana, twin):
    twin.add("Long gone", SENT)
    twin.add("On its way", WAITING)
    twin.add("Refused", PARKED, problem=REFUSED)
    section = opened(dana)
    numbers = {key: card.number.text() for key, card in section.cards.items()}
    assert numbers == {"waiting": "1", "sent": "1", "parked": "1"}
    assert listed(section) == ["Refused", "On its way", "Long gone"]
    said = section.model.index(0).data(Qt.AccessibleTextRole)
    assert said == f"Parked. Refused. Mail to alice@corp.example · tried 2 times. {REFUSED}"
    assert section.retry_button.text() == "Retry all parked (1)"
    for mode in ("light", "dark"):
        theme.current().set_mode(mode)
        assert not section.grab().isNull()


def test_while_the_mail_server_is_away_nothing_is_said_to_go_out(dana, twin, clock):
    twin.kept = ON.model_copy(
        update={
            "problem": "Nothing answers at mail.corp.example:587.",
            "paused_until": clock.now + timedelta(minutes=5),
        }
    )
    twin.add("Stuck", WAITING)
    section = opened(dana)
    again = clock_time(clock.now + timedelta(minutes=5))
    assert section.banner.text == (
        f"Nothing answers at mail.corp.example:587. The next try is at {again}."
    )
    said = section.model.index(0).data(Qt.AccessibleTextRole)
    assert said.endswith("tried 2 times · waits for the mail server")
    assert section.cards["waiting"].accessibleName() == "Waiting: 1 no mail is sent at present"
    twin.kept = ON
    section.load()
    dana.settle()
    assert section.banner.text == ""
    assert "waits" not in section.model.index(0).data(Qt.AccessibleTextRole)


def test_a_filter_shows_one_state_alone(dana, twin, qtbot):
    twin.add("Long gone", SENT)
    twin.add("Refused", PARKED, problem=REFUSED)
    section = opened(dana)
    click(qtbot, section.filter.button("parked"))
    dana.settle()
    assert listed(section) == ["Refused"]
    click(qtbot, section.filter.button("dropped"))
    dana.settle()
    assert section.list_states.state == "empty"


def test_the_chosen_ones_or_all_parked_are_sent_again(dana, twin, qtbot):
    for number in range(3):
        twin.add(f"Refused {number}", PARKED, problem=REFUSED)
    section = opened(dana)
    click(qtbot, section.retry_button)
    dana.settle()
    assert twin.retried == [DeliveryChoice()]
    assert section.cards["waiting"].number.text() == "3"
    section.rows.setCurrentIndex(section.model.index(1))
    click(qtbot, section.retry_button)
    dana.settle()
    assert twin.retried[-1] == DeliveryChoice(ids=(2,))
    assert section.rows.currentIndex().data(Qt.UserRole).id == 2


def test_nothing_is_given_up_without_a_question(dana, twin, qtbot):
    for number in range(2):
        twin.add(f"Refused {number}", PARKED, problem=REFUSED)
    section = opened(dana)
    click(qtbot, section.drop_button)
    assert twin.dropped == []
    agree(section)
    dana.settle()
    assert twin.dropped == [DeliveryChoice()]
    assert not section.drop_button.isEnabled()


def test_what_was_sent_cannot_be_sent_again(dana, twin):
    twin.add("Long gone", SENT)
    section = opened(dana)
    section.rows.selectAll()
    assert section.chosen() == ()
    assert not section.retry_button.isEnabled()


def test_scrolling_loads_what_is_older(dana, twin):
    for number in range(PAGE + 5):
        twin.add(f"Number {number}", SENT)
    section = opened(dana)
    assert section.model.rowCount() == PAGE
    section.model.fetchMore(section.rows.rootIndex())
    dana.settle()
    assert section.model.rowCount() == PAGE + 5


def test_enter_opens_the_ticket(dana, twin, sign_in, qtbot):
    ticket = sign_in("alice").tickets.open(NewTicket(subject="The printer is jammed"))
    twin.add("Refused", PARKED, problem=REFUSED, ticket_id=ticket.id)
    window = MainWindow(dana.desktop)
    dana.show(window)
    tab = window.open_tab("settings")
    assert isinstance(tab, SettingsTab)
    tab.open_section("deliveries")
    dana.settle()
    section = tab.section
    assert isinstance(section, DeliveriesSection)
    section.reveal("deliveries")
    section.rows.setCurrentIndex(section.model.index(0))
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key_Return)
    dana.settle()
    assert shown(window.current_tab().pane).id == ticket.id  # type: ignore[union-attr]


def test_a_list_that_cannot_be_read_says_so_and_keeps_what_it_has(dana, twin, qtbot):
    twin.fault = Busy("Another program is writing.")
    section = opened(dana)
    assert section.states.state == "failed"
    twin.fault = None
    twin.add("Refused", PARKED, problem=REFUSED)
    section.load()
    dana.settle()
    twin.fault = Busy("Another program is writing.")
    click(qtbot, section.retry_button)
    dana.settle()
    assert section.banner.text == "Another program is writing."
    assert listed(section) == ["Refused"]
