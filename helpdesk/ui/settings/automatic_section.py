# SPDX-License-Identifier: GPL-3.0-or-later
"""The section that says which new tickets are answered at once from the knowledge base."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

from PyQt5.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.schemas.assistant import (
    AssistantChange,
    AssistantFigures,
    AssistantSettings,
    CallsQuery,
)
from helpdesk.core.schemas.tickets import CategoryView
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.settings.figure_words import count, share
from helpdesk.ui.settings.row import Card
from helpdesk.ui.settings.section import Section
from helpdesk.ui.settings.words import AUTOMATIC
from helpdesk.ui.widgets.chip import Chip
from helpdesk.ui.widgets.number_card import NumberCard
from helpdesk.ui.widgets.plain_label import PlainLabel
from helpdesk.ui.widgets.switch import Switch

_DAYS = 30
_NAME = "automatic_categories"
_EXPLAINED = (
    "Only what stands in published articles is sent, with their numbers under it; where the"
    " knowledge base has no answer, nothing is sent. The answer is marked as automatic. With one"
    " click the requester says that it helped, or hands the ticket to a person; it stays in the"
    " queue like any other until then."
)
_NO_MODEL = "No model is in use: answers are then made of the words of the articles alone."
_FIXED = "Which categories these are is set by the environment."
_NO_CATEGORY = "There are no categories yet; tickets bring them."


class _Found(NamedTuple):
    settings: AssistantSettings
    categories: tuple[CategoryView, ...]
    figures: AssistantFigures


class AutomaticSection(Section):
    """A switch for each category that acts at once, and what became of the answers."""

    def __init__(self, desktop: Desktop) -> None:
        """Begin loading when it is looked at."""
        super().__init__(desktop, AUTOMATIC)
        self._saved: frozenset[int] | None = None
        self._is_saving = False
        self.switches: dict[int, Switch] = {}
        self.cards = {
            "sent": NumberCard("Sent"),
            "helped": NumberCard("Helped"),
            "handed_over": NumberCard("Handed to a person"),
        }
        self._fixed = Chip("set by the environment")
        self._note = PlainLabel(role="muted")
        self._list = QVBoxLayout()
        self._list.setSpacing(10)
        self._build()

    def load(self) -> None:
        """Ask the desk; a switch that is just being saved stays as it is."""
        if self._saved is None:
            self.states.show_loading()
        job = self.desktop.background.latest(self, _read, self.desktop.desk)
        job.then(self._show).failed(self._on_not_loaded)

    def reveal(self, key: str) -> None:
        """Put the focus on the first category."""
        first = next(iter(self.switches.values()), None)
        if first is not None:
            self.bring_into_view(first)
            first.setFocus()

    def chosen(self) -> frozenset[int]:
        """Return the categories that are switched on."""
        listed = {id_ for id_, switch in self.switches.items() if switch.isChecked()}
        hidden = (self._saved or frozenset()) - self.switches.keys()
        return frozenset(listed | hidden)

    def _build(self) -> None:
        numbers = QHBoxLayout()
        numbers.setSpacing(12)
        for number in self.cards.values():
            numbers.addWidget(number, 1)
        self.body.addLayout(numbers)
        frame = QFrame()
        card = Card(frame, "How it works")
        card.setSpacing(8)
        card.addWidget(PlainLabel(_EXPLAINED))
        card.addWidget(self._note)
        self.body.addWidget(frame)
        self._categories = QFrame()
        inside = Card(self._categories, "Categories with automatic answers")
        inside.addWidget(self._fixed)
        inside.addLayout(self._list)
        self.body.addWidget(self._categories)
        self.body.addStretch(1)

    def _show(self, found: _Found) -> None:
        if not self._is_saving:
            self._saved = frozenset(found.settings.automatic_categories)
        # While one is saved nobody knows whether this was read before or after it.
        on = self.chosen() if self._is_saving else self._saved or frozenset()
        is_fixed = _NAME in found.settings.fixed
        may_change = not is_fixed and not self.desktop.info.read_only
        self._show_categories(found.categories, on, may_change=may_change)
        self._fixed.setVisible(is_fixed)
        self._show_note(found)
        self._show_figures(found.figures)
        self.states.show_content()

    def _show_categories(
        self, categories: tuple[CategoryView, ...], on: frozenset[int], *, may_change: bool
    ) -> None:
        gone = self.switches.keys() - {category.id for category in categories}
        for id_ in gone:
            self.switches.pop(id_).deleteLater()
        for category in categories:
            switch = self.switches.get(category.id)
            if switch is None:
                switch = self.switches[category.id] = Switch(category.name)
                switch.toggled.connect(self._on_toggled)
                self._list.addWidget(switch)
            switch.setText(category.name.replace("&", "&&"))
            switch.setAccessibleName(f"Automatic answers for {category.name}")
            switch.setEnabled(may_change)
        self._turn(on)

    def _turn(self, on: frozenset[int]) -> None:
        """Show these as switched on, which saves nothing."""
        for id_, switch in self.switches.items():
            blocked = switch.blockSignals(True)
            switch.setChecked(id_ in on)
            switch.blockSignals(blocked)

    def _show_note(self, found: _Found) -> None:
        note = "" if found.settings.enabled else _NO_MODEL
        if not found.categories:
            note = _NO_CATEGORY
        self._note.setText(note)
        self._note.setVisible(bool(note))

    def _show_figures(self, figures: AssistantFigures) -> None:
        sent = figures.automatic_sent
        days = f"in {figures.days} days"
        self.cards["sent"].show_number(count(sent), days)
        for key, number in (
            ("helped", figures.automatic_helped),
            ("handed_over", figures.automatic_handed_over),
        ):
            of = f"{share(number, sent)} of those sent" if sent else days
            self.cards[key].show_number(count(number), of)

    def _on_toggled(self) -> None:
        # One at a time: saved side by side, an older choice could come last.
        if not self._is_saving:
            self._save()

    def _save(self) -> None:
        self.banner.clear()
        self._is_saving = True
        change = AssistantChange(automatic_categories=tuple(sorted(self.chosen())))
        change_settings = self.desktop.desk.assistant.change_settings
        job = self.desktop.background.run(self, change_settings, change)
        job.then(partial(self._on_saved, self.chosen())).failed(self._on_not_saved)

    def _on_saved(self, wanted: frozenset[int], settings: AssistantSettings) -> None:
        self._is_saving = False
        self._saved = frozenset(settings.automatic_categories)
        if self.chosen() != wanted:
            self._save()
            return
        self._turn(self._saved)
        self.said.emit("Which tickets are answered automatically was saved.")
        self.load()

    def _on_not_saved(self, error: Exception) -> None:
        self._is_saving = False
        self._turn(self._saved or frozenset())
        self.banner.show_error(sentence_of(error))

    def _on_not_loaded(self, error: Exception) -> None:
        if self._saved is None:
            self.states.show_failed(sentence_of(error), self.load)
        else:
            self.banner.show_error(sentence_of(error), "Retry", self.load)


def _read(desk: HelpDesk) -> _Found:
    """Read all that the section shows; runs on a thread of the pool."""
    return _Found(
        desk.assistant.settings(),
        desk.tickets.categories(),
        desk.assistant.figures(CallsQuery(days=_DAYS)),
    )
