# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the pictures of the tour are taken, and who else is at the desk meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from PyQt5.QtCore import QDeadlineTimer, QEventLoop, QPoint, Qt
from PyQt5.QtTest import QTest
from PyQt5.QtWidgets import QApplication, QDialog, QLabel, QLineEdit, QMenu, QToolButton, QWidget

if TYPE_CHECKING:
    from types import TracebackType

    from helpdesk import app as desktop
    from helpdesk.client.embedded import EmbeddedDesk
    from helpdesk.client.help_desk import HelpDesk
    from helpdesk.core.paths import DataFolder
    from helpdesk.ui.main_window import MainWindow
    from helpdesk.ui.tickets.list_tab import TicketListTab

_Answer = TypeVar("_Answer")
_LONGEST_MS = 20_000
_EDGE = 8


class Colleagues:
    """The other people of a demo desk, each with a facade of their own on the same desk."""

    def __init__(self, folder: DataFolder) -> None:
        """Keep where the desk is; it is opened as soon as somebody is wanted."""
        self._folder = folder
        self._embedded: EmbeddedDesk | None = None
        self._desks: dict[str, HelpDesk] = {}

    def __enter__(self) -> Colleagues:
        """Begin with nobody signed in."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let go of the desk."""
        if self._embedded is not None:
            self._embedded.close()

    def desk_of(self, username: str) -> HelpDesk:
        """Return the desk as one of the demo accounts sees it."""
        if username not in self._desks:
            self._desks[username] = self._signed_in(username)
        return self._desks[username]

    def _signed_in(self, username: str) -> HelpDesk:
        from helpdesk.client.embedded import EmbeddedDesk
        from helpdesk.core import settings
        from helpdesk.core.schemas.users import NewSession

        if self._embedded is None:
            self._embedded = EmbeddedDesk.open(self._folder, settings.load(self._folder))
        desk = self._embedded.facade()
        accounts = {each.username: each.password for each in desk.desks.info().demo_accounts}
        desk.sessions.sign_in(NewSession(username=username, password=accounts[username]))
        return desk


class Stage(NamedTuple):
    """Where pictures are taken: the program, whose turn it is, and how one is written."""

    app: desktop.App
    window: MainWindow
    settle: Callable[[], None]
    take: Callable[[QWidget, str], int]
    colleagues: Colleagues | None = None
    """Nobody where the desk is on a server."""

    def answer(self, ask: Callable[[HelpDesk], _Answer], whose: str = "") -> _Answer:
        """Ask the desk something, or a colleague to; on a thread of the pool, as the program."""
        desk = self.window.desktop.desk
        if whose and self.colleagues is not None:
            desk = self.colleagues.desk_of(whose)
        found: list[_Answer] = []
        failed: list[Exception] = []
        job = self.app.background.run(self.window, ask, desk)
        job.then(found.append).failed(failed.append)
        self.settle()
        for error in failed:
            raise error
        if whose:
            self.window.desktop.feed.look()
            self.settle()
        return found[0]

    def dialog(self, begin: Callable[[], object], name: str, words: str = "") -> int:
        """Open a dialog, write something into it, take its picture and dismiss it."""
        known = {id(each) for each in _dialogs()}
        begin()
        self.settle()
        opened = [each for each in _dialogs() if id(each) not in known]
        field = opened[0].findChild(QLineEdit) if opened and words else None
        if field is not None:
            field.setText(words)
            self.settle()
        taken = sum(self.take(each, name) for each in opened[:1])
        for each in opened:
            each.reject()
        self.settle()
        return taken

    def type_into(self, field: QWidget, words: str) -> None:
        """Type by the keyboard, as a person does."""
        self.window.activateWindow()
        self.settle()
        field.setFocus()
        QTest.keyClicks(field, words)
        self.settle()

    def until(self, is_so: Callable[[], bool]) -> None:
        """Let the program go on only until something is so."""
        longest = QDeadlineTimer(_LONGEST_MS)
        while not is_so() and not longest.hasExpired():
            QApplication.processEvents(QEventLoop.AllEvents, 5)

    def menu(self, button: QToolButton, name: str) -> int:
        """Open the menu of a button and show it below the button."""
        menu = button.menu()
        menu.popup(button.mapToGlobal(QPoint(0, button.height())))
        self.settle()
        return self.over(button, name)

    def over(self, anchor: QWidget, name: str, place: QPoint | None = None) -> int:
        """Show what has popped up below a widget; no picture of a window holds that by itself.

        A screen that is none is smaller than the window, so that Qt moves it elsewhere.
        """
        popup = QApplication.activePopupWidget()
        if popup is None:
            return 0
        window = anchor.window()
        shown = QLabel(window)
        shown.setPixmap(popup.grab())
        shown.adjustSize()
        at = anchor.mapTo(window, place or QPoint(0, anchor.height()))
        above = anchor.mapTo(window, QPoint()).y() - shown.height()
        left = min(at.x(), window.width() - shown.width() - _EDGE)
        fits = at.y() + shown.height() + _EDGE <= window.height()
        shown.move(max(left, _EDGE), at.y() if fits else max(above, _EDGE))
        shown.show()
        taken = self.take(window, name)
        shown.hide()
        shown.deleteLater()
        popup.close()
        self.settle()
        return taken

    def dismiss_toasts(self) -> None:
        """Let what was said before be over."""
        from helpdesk.ui.widgets.toast import toasts_of

        for toast in toasts_of(self.window):
            toast.close()

    def list_of(self, key: str) -> TicketListTab:
        """Bring a tab with tickets to the front."""
        from helpdesk.ui.tickets.list_tab import TicketListTab

        tab = self.window.open_tab(key)
        assert isinstance(tab, TicketListTab)  # noqa: S101 - what the key stands for
        self.settle()
        return tab


def named(parent: QWidget, kind: type[QWidget], accessible_name: str) -> QWidget:
    """Return the widget of a kind with this accessible name."""
    found = parent.findChildren(kind)
    return next(each for each in found if each.accessibleName() == accessible_name)


def choose(menu: QMenu, begins: str) -> None:
    """Choose the entry of a menu whose words begin so."""
    next(each for each in menu.actions() if each.text().startswith(begins)).trigger()


def key(widget: QWidget, pressed: int, modifiers: Qt.KeyboardModifier = Qt.NoModifier) -> None:
    """Press a key in a widget."""
    QTest.keyClick(widget, Qt.Key(pressed), modifiers)


def _dialogs() -> list[QDialog]:
    shown = QApplication.topLevelWidgets()
    return [each for each in shown if isinstance(each, QDialog) and each.isVisible()]
