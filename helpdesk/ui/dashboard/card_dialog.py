# SPDX-License-Identifier: GPL-3.0-or-later
"""What a card tells and how: each choice is shown at once in a card beside the form."""

from __future__ import annotations

from typing import NamedTuple

from PyQt5.QtCore import QTimer, pyqtSignal
from PyQt5.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from helpdesk.core.schemas.figures import Card, CardsQuery, CardsView, Scope, Span
from helpdesk.ui.dashboard.card_form import CardForm
from helpdesk.ui.dashboard.card_view import CardView
from helpdesk.ui.dashboard.choices import Choices
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.widgets.dialog import Dialog
from helpdesk.ui.widgets.dialog_foot import DialogFoot
from helpdesk.ui.widgets.plain_label import PlainLabel

_PAUSE_MS = 200
_FORM, _PREVIEW, _HEIGHT = 340, 460, 660
_LEAST_NUMBER = 110


class About(NamedTuple):
    """The dashboard that a card belongs to."""

    choices: Choices
    span: Span
    scope: Scope
    may_see_all: bool


class CardDialog(Dialog):
    """A form at the left, the card at the right."""

    saved = pyqtSignal(object)
    """The ``Card``."""

    def __init__(
        self,
        desktop: Desktop,
        card: Card,
        about: About,
        parent: QWidget,
        *,
        is_new: bool,
    ) -> None:
        """Begin with a card of a dashboard."""
        super().__init__(parent)
        self._desktop, self._span, self._scope = desktop, about.span, about.scope
        self.setWindowTitle("Add a card" if is_new else "Configure the card")
        self.form = CardForm(
            card, about.choices, desktop.clock().date(), may_see_all=about.may_see_all
        )
        self.form.changed.connect(self._on_changed)
        self.preview: CardView | None = None
        self._read: CardsView | None = None
        self._asked: Card | None = None
        self._problem = PlainLabel(role="error")
        self._problem.hide()
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self._ask)
        foot = DialogFoot(self, "Add" if is_new else "Apply")
        self.save_button = foot.save_button
        self.save_button.clicked.connect(self._on_saved)
        self._lay_out(foot)
        self._show_preview(card)
        self._ask()
        self.form.first_field.setFocus()

    def _lay_out(self, foot: DialogFoot) -> None:
        title = QLabel(self.windowTitle())
        title.setProperty("role", "title")
        side = QWidget()
        self._side = QVBoxLayout(side)
        self._side.setContentsMargins(0, 0, 0, 0)
        self._side.addWidget(PlainLabel("Preview, with the figures of now", role="secondary"))
        self._side.addStretch(1)
        self._side.addWidget(self._problem)
        side.setMinimumWidth(_PREVIEW)
        self.form.setMinimumWidth(_FORM)
        both = QHBoxLayout()
        both.setSpacing(24)
        both.addWidget(self.form)
        both.addWidget(side, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        column.addWidget(title)
        column.addLayout(both, 1)
        column.addLayout(foot)
        self.resize(_FORM + _PREVIEW + 80, min(_HEIGHT, self.parentWidget().window().height()))

    def _on_changed(self) -> None:
        problem = self.form.problem
        self.save_button.setEnabled(not problem)
        if not problem:
            self._show_preview(self.form.card)
            self._pause.start()

    def _show_preview(self, card: Card) -> None:
        """Show the card; where only its days or tickets changed, the picture stays meanwhile."""
        before = self.preview
        self.preview = CardView(card, self._desktop.clock)
        self.preview.more.hide()
        is_number = card.style.value == "number"
        self.preview.setFixedHeight(_LEAST_NUMBER if is_number else _PREVIEW - 120)
        if before is not None and before.figures is not None and self._read is not None:
            same = before.card.style is card.style and before.card.measure is card.measure
            if same and before.card.split is card.split and before.card.second is card.second:
                self.preview.show_figures(before.figures, self._read, self._scope)
        self._side.insertWidget(1, self.preview)
        if before is not None:
            self._side.removeWidget(before)
            before.hide()
            before.deleteLater()

    def _ask(self) -> None:
        self._asked = self.form.card
        query = CardsQuery(cards=(self._asked,), span=self._span, scope=self._scope)
        job = self._desktop.background.latest(self, self._desktop.desk.figures.cards, query)
        job.then(self._on_read).failed(self._on_failed)

    def _on_read(self, view: CardsView) -> None:
        self._problem.hide()
        self._read = view
        if self.preview is not None and self.preview.card == self._asked and view.cards:
            self.preview.show_figures(view.cards[0], view, self._scope)

    def _on_failed(self, error: Exception) -> None:
        self._problem.setText(sentence_of(error))
        self._problem.show()

    def _on_saved(self) -> None:
        if not self.form.problem:
            card = self.form.card
            self.accept()
            self.saved.emit(card)
