# SPDX-License-Identifier: GPL-3.0-or-later
"""The section in which an admin connects a model, tries it and sees what it would be sent."""

from __future__ import annotations

import json
from typing import Any

from pydantic import ValidationError

from helpdesk.core.errors import DeskError
from helpdesk.core.schemas.assistant import AssistantChange, AssistantSettings
from helpdesk.core.validation import invalid
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.settings.connection_form import ConnectionForm
from helpdesk.ui.settings.connection_test import ConnectionTest
from helpdesk.ui.settings.preview_row import PreviewRow
from helpdesk.ui.settings.save_bar import SaveBar
from helpdesk.ui.settings.section import Section
from helpdesk.ui.settings.words import CONNECTION

_PLACE = "assistant-connection"
"""Where what is typed is kept until it is saved, except for the key."""
_READ_ONLY = "This desk can only be read at the moment; settings cannot be changed."


class ConnectionSection(Section):
    """The form, the try of the connection, and the bar that saves."""

    def __init__(self, desktop: Desktop) -> None:
        """Begin loading when it is looked at; what was typed the last time is still there."""
        super().__init__(desktop, CONNECTION)
        self._settings: AssistantSettings | None = None
        self._tried: tuple[object, ...] = ()
        self._kept = ""
        self._wanted = ""
        self.form = ConnectionForm(on_server=desktop.remote is not None)
        self.test = ConnectionTest(desktop.assistant, self.form.fields.could_take)
        self.preview = PreviewRow(desktop)
        self.save_bar = SaveBar()
        self.form.test_place.addWidget(self.test)
        self.form.preview_place.addWidget(self.preview)
        self.body.addWidget(self.form)
        self.body.addStretch(1)
        self.foot.addWidget(self.save_bar)
        self.form.changed.connect(self._on_changed)
        self.test.wanted.connect(self._on_test)
        self.test.models_found.connect(self.form.fields.offer_models)
        self.test.taken.connect(self.form.fields.take)
        self.save_bar.save_wanted.connect(self._on_save)
        self.save_bar.discard_wanted.connect(self._on_discard)
        self.form.setEnabled(not desktop.info.read_only)
        if desktop.info.read_only:
            self.banner.show_quiet(_READ_ONLY)

    def load(self) -> None:
        """Ask the desk for the settings; what is typed stays typed."""
        if self._settings is None:
            self.states.show_loading()
        job = self.desktop.background.latest(self, self.desktop.desk.assistant.settings)
        job.then(self._show).failed(self._on_not_loaded)

    def reveal(self, key: str) -> None:
        """Bring a setting into view, as soon as it is there."""
        if self._settings is None:
            self._wanted = key
            return
        row = self.preview.focus() if key == "preview" else self.form.reveal(key)
        if row is not None:
            self.bring_into_view(row)

    def _show(self, settings: AssistantSettings) -> None:
        first = self._settings is None
        edits = self._typed_before() if first else self.form.fields.edits()
        self._settings = settings
        self.form.show_settings(settings, edits)
        self.states.show_content()
        if self._wanted:
            wanted, self._wanted = self._wanted, ""
            self.reveal(wanted)

    def _typed_before(self) -> dict[str, Any]:
        self._kept = self.desktop.drafts.load(_PLACE).get("edits", "")
        try:
            change = AssistantChange.model_validate_json(self._kept)
        except ValidationError:
            return {}
        return change.model_dump(exclude_unset=True, exclude={"key"})

    def _on_not_loaded(self, error: Exception) -> None:
        if self._settings is None:
            self.states.show_failed(sentence_of(error), self.load)
        else:
            self.banner.show_error(sentence_of(error), "Retry", self.load)

    def _on_changed(self) -> None:
        if self._settings is None:
            return
        edits = self.form.fields.edits()
        self.save_bar.show_changes(self.form.changes)
        text = json.dumps(edits) if edits else ""
        if text != self._kept:
            self._kept = text
            self.desktop.drafts.keep(_PLACE, {"edits": text})
        if self._tried and self._tried != self._what_is_tried():
            self._tried = ()
            self.test.clear()

    def _what_is_tried(self) -> tuple[object, ...]:
        fields = self.form.fields
        return (fields.url.text().strip(), fields.key.value, fields.private_names.isChecked())

    def _on_test(self) -> None:
        problem = self.form.address.problem
        if problem or not self.form.fields.url.text().strip():
            found = {"url": problem or "Name the address of the model first."}
            row = self.form.show_problems(found)
            if row is not None:
                self.bring_into_view(row)
            return
        change = self._change()
        if change is not None:
            self._tried = self._what_is_tried()
            self.test.try_out(change if change.model_fields_set else None, self.form.address.host)

    def _on_save(self) -> None:
        row = self.form.show_problems(self.form.problems())
        if row is not None:
            self.bring_into_view(row)
            return
        change = self._change()
        if change is None:
            return
        self.banner.clear()
        self.save_bar.set_saving(saving=True)
        self.form.setEnabled(False)
        job = self.desktop.background.run(self, self.desktop.desk.assistant.change_settings, change)
        job.then(self._on_saved).failed(self._on_not_saved)

    def _change(self) -> AssistantChange | None:
        try:
            return self.form.change()
        except ValidationError as error:
            self._say_wrong(invalid(error))
            return None

    def _on_saved(self, settings: AssistantSettings) -> None:
        self.form.setEnabled(True)
        self._settings = settings
        self.form.fields.key.reset()
        self.form.show_settings(settings, {})
        self.said.emit("The assistant's connection was saved and is in use now.")

    def _on_not_saved(self, error: Exception) -> None:
        self.form.setEnabled(True)
        self.save_bar.show_changes(self.form.changes)
        self._say_wrong(error)

    def _say_wrong(self, error: Exception) -> None:
        name = error.field if isinstance(error, DeskError) else None
        row = self.form.show_problems({name: sentence_of(error)}) if name else None
        if row is None:
            self.banner.show_error(sentence_of(error))
        else:
            self.bring_into_view(row)

    def _on_discard(self) -> None:
        self.test.clear()
        self.form.discard()
