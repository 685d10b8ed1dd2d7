# SPDX-License-Identifier: GPL-3.0-or-later
"""Without a model the assistant suggests from what was solved, and answers from articles."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from PyQt5.QtCore import Qt, QTimer
from PyQt5.QtWidgets import QApplication, QWidget

from helpdesk.app import App
from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core import settings as settings_module
from helpdesk.core.clock import system_clock
from helpdesk.core.paths import DataFolder
from helpdesk.core.schemas.articles import ArticleChange, NewArticle, Visibility
from helpdesk.core.schemas.tickets import TicketQuery
from helpdesk.core.schemas.triage import Origin, SuggestedField
from helpdesk.core.schemas.users import NewSession
from helpdesk.core.settings import Settings
from helpdesk.ui import theme
from tests.conftest import PASSWORD
from tests.e2e.test_stories import Person
from tests.faults.test_network_faults import Machine
from tests.ui.seats import LONGEST_MS, click
from tests.ui.stalls import Stalls
from tests.unit.services.learning_desks import taught

QUESTION = "The vpn tunnel drops and wifi roaming is slow"
STEP = "Choose the travel profile in the vpn client."


class Office:
    """Where people sit: at programs of their own, over one file or before one server."""

    def __init__(self, folder: DataFolder, settings: Settings, tmp_path: Path, qtbot: Any) -> None:
        """Open the desk for whoever looks after it."""
        self.folder = folder
        self.qtbot = qtbot
        self.machine: Machine | None = None
        self.apps: list[App] = []
        self._tmp_path = tmp_path
        self._desk = EmbeddedDesk.open(folder, settings)
        self.dana = self.signed_in("dana")

    def signed_in(self, username: str) -> HelpDesk:
        """Return the desk as somebody's own script sees it."""
        desk = self._desk.facade()
        desk.sessions.sign_in(NewSession(username=username, password=PASSWORD))
        return desk

    def seat(self, username: str) -> Person:
        """Start a program and sign in."""
        if self.machine is None:
            app = App(self.folder)
        else:
            own = DataFolder(self._tmp_path / username).ensure()
            app = App(own, server=self.machine.url)
        self.apps.append(app)
        with self.qtbot.waitSignals([app.background.idle], timeout=LONGEST_MS):
            app.start()
        return Person(self.qtbot, app, username)

    def leave(self) -> None:
        """End every program."""
        for app in self.apps:
            app.stop()
            for timer in app.findChildren(QTimer):
                timer.stop()
        self._desk.close()
        if self.machine is not None:
            self.machine.stop()


@pytest.fixture(scope="module")
def learnt(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the file of a desk that has solved tickets and has an article, to copy."""
    folder = DataFolder(tmp_path_factory.mktemp("learnt"))
    shutil.copy(template, folder.database)
    desk = EmbeddedDesk.open(folder, settings_module.load(folder))
    taught(desk.database, system_clock())
    dana = desk.facade()
    dana.sessions.sign_in(NewSession(username="dana", password=PASSWORD))
    publish(dana)
    desk.close()
    return folder.database


@pytest.fixture(params=["one file", "a server"])
def office(
    request: pytest.FixtureRequest,
    qtbot: Any,
    learnt: Path,
    tmp_path: Path,
) -> Iterator[Office]:
    folder = DataFolder(tmp_path / "desk").ensure()
    shutil.copy(learnt, folder.database)
    settings = settings_module.load(folder)
    made = Office(folder, settings, tmp_path, qtbot)
    with ExitStack() as stack:
        stack.callback(made.leave)
        if request.param == "a server":
            made.machine = Machine(folder)
            made.machine.start()
        yield made


def publish(admin: HelpDesk) -> None:
    body = f"The vpn tunnel drops without the travel profile.\n\n1. {STEP}\n2. Restart the client."
    made = admin.articles.create(NewArticle(title="VPN tunnel drops", body=body))
    change = ArticleChange(visibility=Visibility.EVERYONE, publish=True, version=made.version)
    admin.articles.save(made.id, change)


def pictures(window: QWidget, folder: Path, name: str, stalls: Stalls) -> None:
    """Save what is to be seen in both themes; to dress all windows anew takes its time."""
    stalls.stop()
    assert stalls.found == [], "the window froze"
    for mode in ("light", "dark"):
        theme.current().set_mode(mode)
        assert window.grab().save(str(folder / f"{name}-{mode}.png"))
    theme.current().set_mode("light")
    QApplication.processEvents()
    stalls.start()


def asks(person: Person, question: str) -> Any:
    """Ask in the tab of the assistant, and return the tab."""
    tab: Any = person.window.open_tab("assistant")
    person.window.activateWindow()
    tab.focus_first()
    person.qtbot.keyClicks(tab.pane.box.edit, question)
    person.qtbot.keyClick(tab.pane.box.edit, Qt.Key_Return)
    return tab


def answer_in(tab: Any) -> str:
    """Return what the last card of a conversation says."""
    cards = tab.pane.dialogue.cards
    return str(cards[-1].body.toPlainText()) if len(cards) > 1 else ""


def wait(person: Person, condition: Callable[[], bool]) -> None:
    person.qtbot.waitUntil(condition, timeout=LONGEST_MS)


def test_a_ticket_gets_a_suggestion_with_evidence_and_a_question_an_article(
    office: Office, tmp_path: Path, stalls: Stalls
):
    alice, bob = office.seat("alice"), office.seat("bob")
    stalls.start()
    alice.submit("vpn tunnel drops", QUESTION)
    (row,) = [
        each for each in office.dana.tickets.search(TicketQuery(text="roaming")).items
        if each.subject == "vpn tunnel drops"
    ]  # fmt: skip

    tab: Any = bob.sees("manage", row.number)
    card = tab.pane.assist.card
    wait(bob, card.isVisible)
    suggestion = tab.pane.assist.suggestions.suggestion
    assert suggestion.similar
    fields = {each.field: each for each in suggestion.fields}
    assert {each.origin for each in fields.values()} == {Origin.HISTORY}
    assert fields[SuggestedField.ASSIGNEE].label == "Bob Keller"
    assert fields[SuggestedField.ASSIGNEE].tickets
    pictures(bob.window, tmp_path, "suggestion", stalls)
    bob.window.activateWindow()
    click(bob.qtbot, card.accept_button)
    wait(bob, lambda: office.dana.tickets.view(row.id).assignee is not None)

    chat = asks(alice, QUESTION)
    wait(alice, lambda: STEP in answer_in(chat))
    wait(alice, lambda: not chat.pane.is_answering)
    assert "KB-1" in answer_in(chat)
    pictures(alice.window, tmp_path, "answer", stalls)
    stalls.stop()
    assert len(list(tmp_path.glob("*-dark.png"))) == len(list(tmp_path.glob("*-light.png"))) == 2
