# SPDX-License-Identifier: GPL-3.0-or-later
"""What sections share in which fields are filled in and saved together."""

from __future__ import annotations

from typing import Any, ClassVar, Generic, TypeVar

from pydantic import BaseModel, ValidationError
from PyQt5.QtWidgets import QWidget

from helpdesk.core.errors import DeskError
from helpdesk.core.validation import invalid
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.settings.bound_fields import BoundFields
from helpdesk.ui.settings.save_bar import DISCARDED, SaveBar
from helpdesk.ui.settings.section import Section
from helpdesk.ui.settings.words import SectionWords

Kept = TypeVar("Kept")


class FieldsSection(Section, Generic[Kept]):
    """Shows what the desk keeps, what was changed by hand above it, and saves that alone."""

    CHANGE: ClassVar[type[BaseModel]]
    """What is sent."""
    SAVED: ClassVar[str]
    """What is said once it is saved."""

    def __init__(self, desktop: Desktop, words: SectionWords) -> None:
        """Begin loading when it is looked at; `put_cards` ends the building."""
        super().__init__(desktop, words)
        self.kept: Kept | None = None
        """What the desk has said last."""
        self._wanted = ""
        self.fields = BoundFields(self, words)
        self.fields.edited.connect(self.follow_edits)
        self.save_bar = SaveBar()
        self.save_bar.save_wanted.connect(self._on_save)
        self.save_bar.discard_wanted.connect(self._on_discard)

    def put_cards(self, *cards: QWidget, read_only: str) -> None:
        """Put cards below each other; where nothing can be changed, say so in a sentence."""
        for card in cards:
            self.body.addWidget(card)
        self.body.addStretch(1)
        self.foot.addWidget(self.save_bar)
        if self.desktop.info.read_only:
            self.banner.show_quiet(read_only)
            self.area.widget().setEnabled(False)

    def load(self) -> None:
        """Ask the desk; what is changed and not saved stays."""
        if self.kept is None:
            self.states.show_loading()
        job = self.desktop.background.latest(self, self.ask)
        job.then(self.show_kept).failed(self._on_not_loaded)

    def reveal(self, key: str) -> None:
        """Bring a setting into view, as soon as it is there."""
        if self.kept is None:
            self._wanted = key
        elif (row := self.fields.rows.get(key)) is not None:
            row.field.setFocus()
            self.bring_into_view(row)
        else:
            self.reveal_other(key)

    # --- what each section says for itself ------------------------------------------------------

    def ask(self) -> Kept:
        """Ask the desk for what it keeps; on a thread of the background."""
        raise NotImplementedError

    def send(self, change: Any) -> Kept:
        """Have the desk keep a change; on a thread of the background."""
        raise NotImplementedError

    def show_all(self, kept: Kept, edits: dict[str, Any]) -> None:
        """Show what is kept, and over it what was changed by hand."""
        raise NotImplementedError

    def edits(self) -> dict[str, Any]:
        """Return what was changed by hand."""
        return self.fields.edits()

    def follow_edits(self) -> None:
        """Say how many changes wait."""
        if self.kept is not None:
            self.save_bar.show_changes(len(self.edits()))

    def problems(self) -> dict[str, str]:
        """Return what keeps it from being saved, by the setting it is about."""
        return {}

    def reveal_other(self, key: str) -> None:
        """Bring what is no field of the form into view."""

    def focus_first(self) -> None:
        """Put the focus where it stays when nothing is left to be saved."""
        next(iter(self.fields.rows.values())).field.setFocus()

    # --- loading and saving ---------------------------------------------------------------------

    def show_kept(self, kept: Kept) -> None:
        """Show what the desk keeps by now."""
        edits = {} if self.kept is None else self.edits()
        self._show(kept, edits)
        self.states.show_content()
        if self._wanted:
            wanted, self._wanted = self._wanted, ""
            self.reveal(wanted)

    def _show(self, kept: Kept, edits: dict[str, Any]) -> None:
        self.kept = kept
        self.show_all(kept, edits)
        self.follow_edits()

    def _on_not_loaded(self, error: Exception) -> None:
        if self.kept is None:
            self.states.show_failed(sentence_of(error), self.load)
        else:
            self.banner.show_error(sentence_of(error), "Retry", self.load)

    def _on_save(self) -> None:
        first = self.fields.show_problems(self.problems())
        if first is not None:
            self.bring_into_view(first)
            first.field.setFocus()
            return
        try:
            change = self.CHANGE.model_validate(self.edits())
        except ValidationError as error:
            self._on_not_saved(invalid(error))
            return
        self.banner.clear()
        self.save_bar.set_saving(saving=True)
        job = self.desktop.background.run(self, self.send, change)
        job.then(self.show_saved).failed(self._on_not_saved)

    def show_saved(self, kept: Kept) -> None:
        """Show what is kept from now on, and say so."""
        self._leave_save_bar()
        self._show(kept, {})
        self.said.emit(self.SAVED)

    def _on_not_saved(self, error: Exception) -> None:
        self.follow_edits()
        name = error.field if isinstance(error, DeskError) else None
        row = self.fields.rows.get(name or "")
        if row is None:
            self.banner.show_error(sentence_of(error))
        else:
            row.show_error(sentence_of(error))
            self.bring_into_view(row)
            row.field.setFocus()

    def _on_discard(self) -> None:
        if self.kept is None:
            return
        self._leave_save_bar()
        self.banner.clear()
        self.fields.show_problems({})
        self._show(self.kept, {})
        self.said.emit(DISCARDED)

    def _leave_save_bar(self) -> None:
        """Keep the keyboard in the form: the bar is hidden as soon as nothing waits."""
        if self.save_bar.holds_focus:
            self.focus_first()
