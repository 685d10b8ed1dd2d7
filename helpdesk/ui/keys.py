# SPDX-License-Identifier: GPL-3.0-or-later
"""Single keys for the work on tickets; they act only while no text field has the focus."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PyQt5.QtCore import QEvent, QObject, Qt
from PyQt5.QtGui import QKeyEvent
from PyQt5.QtWidgets import (
    QAbstractSpinBox,
    QAction,
    QApplication,
    QComboBox,
    QGridLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QPushButton,
    QTextEdit,
    QVBoxLayout,
    QWidget,
)

from helpdesk.ui.ai_assistant_tab import AIAssistantTab
from helpdesk.ui.knowledge_base_tab import KnowledgeBaseTab
from helpdesk.ui.tickets.list_tab import TicketListTab
from helpdesk.ui.tickets.ticket_pane import TicketPane
from helpdesk.ui.widgets.dialog import Dialog

if TYPE_CHECKING:
    from helpdesk.ui.main_window import MainWindow

_PLACES = "123456789"
"""The keys of the pinned views, in their order."""
_TEXT_FIELDS = (QLineEdit, QPlainTextEdit, QTextEdit, QAbstractSpinBox)


class Key(NamedTuple):
    """A key and what it does."""

    key: str
    text: str
    works_tickets: bool = False


KEYS = (
    Key("/", "Search"),
    Key("1 \u2026 9", "Show a pinned view"),
    Key("W", "Say in words which tickets to show"),
    Key("V", "The tickets as a list, a table or a board"),
    Key("O", "Show the ticket beside the list, or not"),
    Key("J", "Next in the list"),
    Key("K", "Previous in the list"),
    Key("Space", "Mark the ticket; keys then act on all marked", works_tickets=True),
    Key("R", "Reply"),
    Key("N", "Internal note", works_tickets=True),
    Key("A", "Assign: take it, or choose somebody", works_tickets=True),
    Key("S", "Status", works_tickets=True),
    Key("P", "Priority", works_tickets=True),
    Key("C", "Category", works_tickets=True),
    Key("T", "Tags", works_tickets=True),
    Key("E", "Resolve", works_tickets=True),
    Key("F", "Follow, or stop following"),
    Key("L", "Link with another ticket", works_tickets=True),
    Key("M", "Merge into another ticket, or the marked ones", works_tickets=True),
    Key("G", "Go to the tasks", works_tickets=True),
    Key("U", "Start or stop the timer", works_tickets=True),
    Key("Z", "Snooze, or wake a snoozed ticket", works_tickets=True),
    Key("B", "Find an article for the ticket", works_tickets=True),
    Key(".", "Accept the suggestion", works_tickets=True),
    Key("D", "Draft a reply with AI", works_tickets=True),
    Key("X", "Explain what is selected in a message", works_tickets=True),
    Key("?", "This list"),
)
_WITH_CONTROL = (
    ("Shift+Up, Shift+Down", "Mark several tickets"),
    ("Ctrl+A", "Mark all that are loaded"),
    ("Ctrl+C", "Copy tickets as a table"),
    ("Arrows, Shift+Left, Shift+Right", "On the board: through the cards; move the card"),
    ("Del", "Delete the ticket, or all that are marked"),
    ("Ctrl+Z, Ctrl+Shift+Z", "Undo what you did to tickets, or do it again"),
    ("Ctrl+K", "Commands, tickets and articles"),
    ("Ctrl+N", "New ticket"),
    ("Ctrl+J", "Ask the assistant"),
    ("Ctrl+Shift+N", "Notifications"),
    ("Ctrl+Enter", "Send, or submit"),
    ("Alt+1, 2, 3", "Send and set Awaiting, In Progress, Resolved"),
    ("Ctrl+M, or /", "Canned replies, while a reply is written"),
    ("Ctrl+Z", "Keep back a reply that is about to leave"),
    ("Esc", "Back to the list; take the marks away; stop an answer"),
    ("Alt+Left", "Back to the article before, or to the dashboard"),
    ("Arrows, T", "On the dashboard: through cards and parts; as a table"),
    ("F5", "Refresh"),
    ("Ctrl+L", "Lock the window"),
    ("Ctrl+Shift+Q", "Sign out"),
    ("Ctrl+Q", "Quit"),
)


class SingleKeys(QObject):
    """Watches the keys of the main window."""

    def __init__(self, window: MainWindow) -> None:
        """Watch the whole program, and act for this window."""
        super().__init__(window)
        self._window = window
        application = QApplication.instance()
        if application is not None:
            application.installEventFilter(self)

    def fill_menu(self, menu: QMenu) -> None:
        """Offer the same in a menu, with the key beside the words."""
        for key in KEYS:
            if key.key in "WVOJKRNASPCEB.DX":
                action = QAction(f"{key.text}\t{key.key}", menu)
                action.triggered.connect(lambda _, pressed=key.key: self.act(pressed))
                menu.addAction(action)
        make = QAction("Make an article of the solved ticket", menu)
        make.triggered.connect(self._make_article)
        menu.addAction(make)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Act on a single key unless somebody is typing."""
        if (
            event.type() == QEvent.KeyPress
            and isinstance(event, QKeyEvent)
            and isinstance(watched, QWidget)
            and watched.window() is self._window
            and QApplication.activeModalWidget() is None
            and not self._window.lock.is_locked
            and not event.modifiers() & ~Qt.ShiftModifier
            and not isinstance(watched, QMenu)
            and not any(map(_takes_text, (watched, self._window.focusWidget())))
        ):
            return self.act(event.text().upper())
        return False

    def act(self, key: str) -> bool:
        """Do what a key stands for in the tab in front; return whether it stands for anything."""
        if key == "?":
            self._window.show_keys()
            return True
        tab = self._window.current_tab()
        if isinstance(tab, KnowledgeBaseTab | AIAssistantTab):
            return tab.act(key)
        if not isinstance(tab, TicketListTab):
            return False
        if key == "/":
            tab.list.focus_search()
        elif key == "W":
            tab.list.focus_words()
        elif key in "JK" and key:
            tab.list.step(1 if key == "J" else -1)
        elif key in _PLACES and key:
            return tab.list.saved_views.open_pinned(_PLACES.index(key))
        elif key == "V":
            tab.list.next_shape()
        elif key == "O":
            tab.show_pane(shown=not tab.shows_pane)
        else:
            return _act_on_tickets(key, tab)
        return True

    def _make_article(self) -> None:
        tab = self._window.current_tab()
        if isinstance(tab, TicketListTab) and tab.pane.makes_article:
            tab.pane.make_article()
        else:
            self._window.say("Choose a resolved or closed ticket; then an article is made of it.")


def _takes_text(widget: QWidget | None) -> bool:
    """Return whether somebody types into a widget, whether or not its window is active."""
    return isinstance(widget, _TEXT_FIELDS) and not widget.isReadOnly()


def _act_on_tickets(key: str, tab: TicketListTab) -> bool:
    """Act on what is marked, else on the ticket that is current, wherever that is shown."""
    if tab.list.act_on_marked(key):
        return True
    if tab.shows_pane:
        return _act_on_ticket(key, tab.pane)
    if key in ("S", "P"):
        return tab.list.open_row_menu(key)
    if key in ("R", "N", "C") and key:
        tab.show_pane(shown=True)
    return _act_on_ticket(key, tab.pane)


def _act_on_ticket(key: str, pane: TicketPane) -> bool:
    if key == "R" and pane.allows("comment"):
        pane.reply()
    elif key == "N" and pane.allows("note"):
        pane.note()
    elif key == "A" and (pane.allows("assign") or pane.allows("take")):
        _assign(pane)
    elif key == "E" and pane.resolve_button.isVisible():
        pane.resolve()
    elif key == "B" and pane.finds_articles:
        pane.find_article()
    elif key == "T" and pane.working and pane.allows("change"):
        pane.tag()
    elif key in ".DX" and key:
        return _ask_assistant(key, pane)
    elif key in "SPC" and key and pane.allows("change"):
        pane.show_fields()
        properties = pane.properties
        choices = {"S": properties.status, "P": properties.priority, "C": properties.category}
        _open(choices[key], pane)
    else:
        return _do(key, pane)
    return True


def _do(key: str, pane: TicketPane) -> bool:
    """Begin what the menu of the ticket offers by a key."""
    doing = next((doing for doing in pane.doings() if doing.key and doing.key == key), None)
    if doing is None:
        return False
    pane.do(doing)
    return True


def _ask_assistant(key: str, pane: TicketPane) -> bool:
    if key == "." and pane.allows("change"):
        return pane.assist.accept()
    if key == "D" and pane.finds_articles and pane.assist.can_draft:
        pane.draft()
    elif key == "X" and pane.finds_articles and pane.assist.can_explain:
        pane.explain()
    else:
        return False
    return True


def _assign(pane: TicketPane) -> None:
    if pane.allows("assign"):
        pane.show_fields()
    if pane.properties.assignee.isVisible():
        _open(pane.properties.assignee, pane)
    elif pane.take_button.isVisible():
        pane.take()


def _open(choice: QComboBox, pane: TicketPane) -> None:
    """Open a choice of the properties where it is to be seen."""
    if choice.isVisible():
        pane.properties.ensureWidgetVisible(choice)
        choice.setFocus()
        choice.showPopup()


class KeysDialog(Dialog):
    """Lists the keys this person can use."""

    def __init__(self, parent: QWidget, *, tabs: int, works_tickets: bool) -> None:
        """Leave out what the role cannot do."""
        super().__init__(parent)
        self.setAttribute(Qt.WA_DeleteOnClose)
        self.setWindowTitle("Keyboard")
        grid = QGridLayout()
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(6)
        last = "9, 0" if tabs > 9 else f"{tabs}"
        open_tab = (f"Ctrl+1 … {last}", "Open a tab")
        rows: list[tuple[str, str]] = [
            (key.key, key.text) for key in KEYS if works_tickets or not key.works_tickets
        ]
        rows = [*rows, *_WITH_CONTROL, open_tab]
        # In one column they would be higher than a small screen.
        half = -(-len(rows) // 2)
        grid.setColumnMinimumWidth(2, 16)
        for position, (key, text) in enumerate(rows):
            name = QLabel(key)
            name.setProperty("role", "strong")
            column_at = 3 * (position // half)
            grid.addWidget(name, position % half, column_at)
            grid.addWidget(QLabel(text), position % half, column_at + 1)
        hint = QLabel("Single keys act while no text field has the focus.")
        hint.setProperty("role", "secondary")
        close = QPushButton("Close")
        close.clicked.connect(self.accept)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(14)
        column.addLayout(grid)
        column.addWidget(hint)
        column.addWidget(close, 0, Qt.AlignRight)
