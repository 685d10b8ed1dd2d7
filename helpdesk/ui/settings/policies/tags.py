# SPDX-License-Identifier: GPL-3.0-or-later
"""Chosen things as tags that can be taken away again, and two ways to choose more of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from PyQt5.QtCore import QSize, QStringListModel, Qt, QTimer, pyqtSignal
from PyQt5.QtWidgets import QCompleter, QHBoxLayout, QLabel, QLineEdit, QMenu, QPushButton, QWidget

from helpdesk.core.schemas.users import UserPage, UserQuery, UserView
from helpdesk.core.text import folded
from helpdesk.ui.desktop import Desktop
from helpdesk.ui.icons import icon
from helpdesk.ui.widgets.flow_layout import FlowLayout
from helpdesk.ui.widgets.plain_label import plain_tooltip

_MOST_FOUND = 8
_PAUSE_MS = 150
_SEARCH_WIDTH = 220
_LONGEST_NAME = 40


class Tags(QWidget):
    """Some (id, name) pairs; a click on one takes it away."""

    changed = pyqtSignal()
    rearranged = pyqtSignal()
    """Other controls stand here now, in another order."""

    def __init__(self, noun: str, last: QWidget) -> None:
        """Show ``last``, by which more are chosen, behind the tags."""
        super().__init__()
        self._noun = noun
        self._chosen: dict[int, str] = {}
        self._tags: dict[int, QPushButton] = {}
        self._last = last
        self._is_locked = False
        self._any = QLabel("any", self)
        self._any.hide()
        self._flow = FlowLayout(spacing=6)
        self._flow.addWidget(self._any)
        self.setLayout(self._flow)
        self._flow.addWidget(last)

    def lock(self) -> None:
        """Let what is chosen be read."""
        self._is_locked = True
        self._last.hide()
        self._any.setVisible(not self._chosen)

    @property
    def chosen(self) -> dict[int, str]:
        """The names of what is chosen, by its id."""
        return dict(self._chosen)

    def put(self, chosen: Mapping[int, str]) -> None:
        """Choose without telling."""
        if chosen == self._chosen:
            return
        for tag in self._tags.values():
            self._flow.removeWidget(tag)
            tag.hide()
            tag.deleteLater()
        self._chosen = dict(chosen)
        self._flow.removeWidget(self._last)
        self._tags = {id_: self._make(id_, name) for id_, name in self._chosen.items()}
        parts: list[QWidget] = [*self._tags.values(), self._last]
        for part in parts:
            self._flow.addWidget(part)
        self._any.setVisible(self._is_locked and not self._chosen)
        self.updateGeometry()
        self.rearranged.emit()

    def choose(self, id_: int, name: str) -> None:
        """Choose one more."""
        if id_ not in self._chosen:
            self.put({**self._chosen, id_: name})
            self.changed.emit()

    def take_away(self, id_: int) -> None:
        """Choose one no more; the keyboard stays nearby."""
        self.put({key: name for key, name in self._chosen.items() if key != id_})
        self._last.setFocus()
        self.changed.emit()

    def _make(self, id_: int, name: str) -> QPushButton:
        shown = name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
        tag = QPushButton(shown.replace("&", "&&"), self)
        tag.setProperty("kind", "tag")
        tag.setEnabled(not self._is_locked)
        if not self._is_locked:
            tag.setIcon(icon("close"))
        tag.setIconSize(QSize(10, 10))
        tag.setLayoutDirection(Qt.RightToLeft if not self.isRightToLeft() else Qt.LeftToRight)
        tag.setAccessibleName(f"Take away {self._noun} {name}")
        tag.setToolTip(plain_tooltip(f"Take away {name}"))
        # As high as what stands beside it, on whose middle it then lies.
        tag.setFixedHeight(self._last.sizeHint().height())
        tag.clicked.connect(partial(self._on_clicked, id_))
        tag.show()
        return tag

    def _on_clicked(self, id_: int, _checked: bool = False) -> None:
        self.take_away(id_)


class MenuTags(Tags):
    """Chooses among few things that are all known, by a menu."""

    def __init__(self, noun: str) -> None:
        """Offer nothing until the choices are known."""
        self.button = QPushButton(f"Add {noun}")
        self._menu = QMenu(self.button)
        self.button.setMenu(self._menu)
        self._choices: dict[int, str] = {}
        super().__init__(noun, self.button)
        self._menu.aboutToShow.connect(self._fill)
        self._show_enabled()

    def set_choices(self, choices: Mapping[int, str]) -> None:
        """Offer other things; names of what is chosen are shown anew."""
        self._choices = dict(choices)
        self.put({id_: choices.get(id_, name) for id_, name in self.chosen.items()})
        self._show_enabled()

    def name_of(self, id_: int) -> str:
        """Return what a thing is called."""
        return self._choices.get(id_, f"number {id_}")

    def offered(self) -> dict[int, str]:
        """Return what is not chosen yet."""
        return {id_: name for id_, name in self._choices.items() if id_ not in self.chosen}

    def _fill(self) -> None:
        self._menu.clear()
        for id_, name in self.offered().items():
            action = self._menu.addAction(name.replace("&", "&&"))
            action.triggered.connect(partial(self._on_chosen, id_, name))

    def _on_chosen(self, id_: int, name: str, _checked: bool = False) -> None:
        self.choose(id_, name)
        self._show_enabled()

    def put(self, chosen: Mapping[int, str]) -> None:
        """Choose without telling."""
        super().put(chosen)
        self._show_enabled()

    def _show_enabled(self) -> None:
        self.button.setEnabled(bool(self.offered()))


class PeopleTags(Tags):
    """Chooses people by a search: there may be thousands."""

    def __init__(self, desktop: Desktop, noun: str) -> None:
        """Search on the desk as somebody types."""
        self.search = QLineEdit()
        self.search.setPlaceholderText(f"Add {noun} by name")
        self.search.setAccessibleName(f"Add {noun}")
        self.search.setFixedWidth(_SEARCH_WIDTH)
        self.search.setMaxLength(200)
        super().__init__(noun, self.search)
        self._desktop = desktop
        self._found: dict[str, UserView] = {}
        self._is_wanted = False
        """Whether who is typed is to be chosen as soon as the desk knows them."""
        self._names = QStringListModel(self)
        self._completer = QCompleter(self._names, self)
        self._completer.setCompletionMode(QCompleter.UnfilteredPopupCompletion)
        self._completer.activated[str].connect(self._on_activated)
        self.search.setCompleter(self._completer)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self.look)
        self.search.textEdited.connect(self._on_typed)
        self.search.returnPressed.connect(self._on_entered)
        self.search.editingFinished.connect(self._on_left)

    @property
    def found(self) -> list[str]:
        """Who is offered."""
        return list(self._found)

    @property
    def typed(self) -> str:
        """What is typed and stands for nobody yet."""
        return str(self.search.text()).strip()

    def take_typed(self) -> bool:
        """Choose whose whole name is typed, if the desk knows one such person."""
        typed = folded(self.typed)
        meant = [
            label
            for label, user in self._found.items()
            if typed in {folded(each) for each in (label, user.full_name, user.username)}
        ]
        if len(meant) == 1:
            self._on_activated(meant[0])
        return len(meant) == 1

    def look(self) -> None:
        """Ask the desk for whom the text may mean."""
        self._pause.stop()
        text = self.search.text().strip()
        if not text:
            return
        query = UserQuery(text=text, active=True, limit=_MOST_FOUND)
        job = self._desktop.background.latest(self, self._desktop.desk.users.search, query)
        # Nobody found looks like nobody offered; the field itself is never in the way.
        job.then(self._show_found).failed(lambda _: self._offer({}))

    def _show_found(self, page: UserPage) -> None:
        self._offer({f"{user.full_name} ({user.username})": user for user in page.items})
        if self._is_wanted and self.take_typed():
            return
        if self._found and self.search.hasFocus():
            self._completer.complete()

    def _offer(self, found: dict[str, UserView]) -> None:
        self._found = {label: user for label, user in found.items() if user.id not in self.chosen}
        self._names.setStringList(list(self._found))

    def _on_typed(self, text: str) -> None:
        self._is_wanted = False
        if text.strip():
            self._pause.start()
        else:
            self._pause.stop()

    def _on_entered(self) -> None:
        """Take the one who is meant, if it can only be one."""
        if len(self._found) == 1:
            self._on_activated(next(iter(self._found)))

    def _on_left(self) -> None:
        """Choose whom the whole name means; the desk may have to be asked first."""
        if self.typed and not self.take_typed():
            self._is_wanted = True
            self.look()

    def _on_activated(self, label: str) -> None:
        user = self._found.get(label)
        if user is None:
            return
        self._pause.stop()
        self._completer.popup().hide()
        self.search.clear()
        # The completer writes its text into the field after this.
        QTimer.singleShot(0, self.search.clear)
        self._offer({})
        self.choose(user.id, user.full_name)


def as_pairs(chosen: Mapping[int, str]) -> list[list[object]]:
    """Return what is chosen as JSON knows it."""
    return [[id_, name] for id_, name in chosen.items()]


def from_pairs(pairs: Sequence[Sequence[object]]) -> dict[int, str]:
    """Return what JSON has kept of what was chosen."""
    return {int(str(id_)): str(name) for id_, name in pairs}


def row_of(*widgets: QWidget) -> QHBoxLayout:
    """Return widgets side by side, from where reading begins."""
    row = QHBoxLayout()
    row.setSpacing(8)
    for widget in widgets:
        row.addWidget(widget)
    row.addStretch(1)
    return row
