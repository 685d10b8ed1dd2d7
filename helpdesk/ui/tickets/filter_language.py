# SPDX-License-Identifier: GPL-3.0-or-later
"""Lets the search above a list take the search language: chips, completion, and what went wrong."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PyQt5.QtCore import QEvent, QObject, Qt
from PyQt5.QtGui import QKeyEvent
from PyQt5.QtWidgets import QHBoxLayout, QPushButton, QWidget

from helpdesk.core.query_language import Name, Part, parts_of
from helpdesk.core.schemas.queries import Completion, CompletionQuery, Understood
from helpdesk.core.text import NAME_LIMIT
from helpdesk.ui.desktop import Desktop
from helpdesk.ui.tickets.filter_bar import FilterBar
from helpdesk.ui.tickets.filter_completion import (
    CompletionList,
    Place,
    names_begun,
    place_in,
)
from helpdesk.ui.tickets.filter_help import FilterHelp
from helpdesk.ui.widgets.plain_label import PlainLabel

OWN = f"{Name.FIELD}."
"""What the desk's own fields begin with, before their key."""
_HINT = "status:open   assignee:me   tag:vpn   created:>7d   -word"


class FilterLanguage(QWidget):
    """Stands below the search field: a hint while it is empty, else what was not understood."""

    def __init__(self, desktop: Desktop, bar: FilterBar) -> None:
        """Listen to the search field of a bar."""
        super().__init__()
        self._desktop, self._bar, self._field = desktop, bar, bar.search
        self._asked = ""
        self._build()
        self.list = CompletionList(self._field)
        self.list.accepted.connect(self._on_accepted)
        self._field.textEdited.connect(self._on_edited)
        self._field.textChanged.connect(self._on_changed)
        # Asked before the bar, which takes some of the same keys.
        self._field.installEventFilter(self)
        bar.put_below_search(self)
        bar.person_id = desktop.person.id
        self._show_hint()

    @property
    def said(self) -> str:
        """The sentence below the field, empty when there is none."""
        return "" if self.isHidden() else self.sentence.text()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the keys of the completion, of chips and of help; hint while the field is empty."""
        if event.type() == QEvent.ShortcutOverride and isinstance(event, QKeyEvent):
            if event.key() == Qt.Key_F1:
                # Everywhere else in the window it lists the keys.
                event.accept()
                return True
        elif event.type() == QEvent.KeyPress and isinstance(event, QKeyEvent):
            return self._take_key(event)
        if event.type() in (QEvent.FocusIn, QEvent.FocusOut):
            self._show_hint(focused=event.type() == QEvent.FocusIn)
            if event.type() == QEvent.FocusOut:
                self.list.hide()
        return super().eventFilter(watched, event)

    def show_help(self) -> None:
        """Explain the language."""
        FilterHelp(self.window()).show()

    def _build(self) -> None:
        self.sentence = PlainLabel(role="secondary")
        self.help_button = QPushButton("All of it (F1)")
        self.help_button.setProperty("kind", "link")
        self.help_button.setFocusPolicy(Qt.NoFocus)
        self.help_button.clicked.connect(self.show_help)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.sentence, 1)
        row.addWidget(self.help_button, 0, Qt.AlignTop)

    def _take_key(self, event: QKeyEvent) -> bool:
        if self.list.take_key(event):
            return True
        is_empty = not self._field.text()
        if event.key() == Qt.Key_F1:
            self.show_help()
        elif event.key() == Qt.Key_Backspace and is_empty and self._bar.take_back_chip():
            self._on_edited(self._field.text())
        elif event.key() in (Qt.Key_Return, Qt.Key_Enter) and self._ends_with_field():
            self._field.setText(f"{self._field.text()} ")
            self._ask()
        else:
            return False
        return True

    def _ends_with_field(self) -> bool:
        parts = parts_of(self._field.text())
        return bool(parts) and parts[-1].name is not None and not self._field.text()[-1].isspace()

    def _on_edited(self, text: str) -> None:
        self._complete(place_in(text, self._field.cursorPosition()))
        self._ask()

    def _on_changed(self, text: str) -> None:
        if not text:
            self.list.hide()
            self._show_hint()

    # --- chips --------------------------------------------------------------------------------

    def _ask(self) -> None:
        """Ask what the parts mean that are finished."""
        text = self._field.text()
        if not any(map(_is_finished, parts_of(text))):
            self._show_hint()
            return
        job = self._desktop.background.latest(self, self._desktop.desk.queries.understood, text)
        # Where the desk cannot be asked the text stays as it is, and the list tells of it.
        job.then(partial(self._on_understood, text)).failed(lambda _: None)

    def _on_understood(self, asked: str, found: Understood) -> None:
        finished = {part.start for part in parts_of(asked) if _is_finished(part)}
        chips = [chip for chip in found.chips if chip.start in finished]
        end = max((chip.end for chip in chips), default=0)
        text = self._field.text()
        if chips and text[: end + 1] == asked[: end + 1]:
            place = self._field.cursorPosition()
            for chip in reversed(chips):
                behind = chip.end + (text[chip.end : chip.end + 1].isspace())
                text = text[: chip.start] + text[behind:]
                if place >= behind:
                    place -= behind - chip.start
            self._bar.add_chips(chips, text, place)
        problems = [each for each in found.problems if each.start in finished]
        self._say([each.sentence for each in problems])

    def _say(self, problems: Sequence[str]) -> None:
        """Name all that was not understood."""
        if not problems:
            self._show_hint()
            return
        so = "It is" if len(problems) == 1 else "They are"
        self.sentence.setText(f"{' '.join(problems)} {so} searched for as words.")
        self.show()

    def _show_hint(self, *, focused: bool | None = None) -> None:
        has_focus = self._field.hasFocus() if focused is None else focused
        is_shown = has_focus and not self._field.text()
        self.sentence.setText(_HINT)
        self.setVisible(is_shown)

    # --- completion ---------------------------------------------------------------------------

    def _complete(self, place: Place | None) -> None:
        if place is None:
            self.list.hide()
        elif place.name is None and not place.begun.startswith(OWN):
            self.list.offer(names_begun(place.begun))
        else:
            begun = place.begun if place.name else place.begun.removeprefix(OWN)
            query = CompletionQuery(
                name=place.name or Name.FIELD, begun=begun[:NAME_LIMIT], key=place.key
            )
            completions = self._desktop.desk.queries.completions
            job = self._desktop.background.latest(self, completions, query)
            job.then(partial(self._on_completions, place)).failed(lambda _: self.list.hide())

    def _on_completions(self, place: Place, found: tuple[Completion, ...]) -> None:
        if place_in(self._field.text(), self._field.cursorPosition()) == place:
            is_whole = any(each.value == place.begun for each in found) and len(found) == 1
            self.list.offer(() if is_whole else found)

    def _on_accepted(self, value: str, ends: bool) -> None:
        text = self._field.text()
        place = place_in(text, self._field.cursorPosition())
        if place is None:
            return
        before, after = text[: place.start], text[place.end :]
        if place.name is not None and value[:1] in "<>":
            before = before.rstrip("<>=")
        is_part = ends and place.name is not None
        typed = f"{before}{value}{' ' if is_part and not after else ''}"
        self._field.setText(typed + after)
        self._field.setCursorPosition(len(typed))
        self._on_edited(self._field.text())


def _is_finished(part: Part) -> bool:
    """Whether a part is, or was meant for, a field, and nothing more can belong to it."""
    return (part.name is not None or ":" in part.text) and part.finished
