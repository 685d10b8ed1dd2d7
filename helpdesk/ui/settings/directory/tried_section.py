# SPDX-License-Identifier: GPL-3.0-or-later
"""What the sections of a directory and of a provider share: loading, trying, saving."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple

from pydantic import ValidationError

from helpdesk.core.errors import DeskError
from helpdesk.core.schemas.directory import DirectoryTest
from helpdesk.core.validation import invalid
from helpdesk.ui.background import Job
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.settings.directory.trial import Trial
from helpdesk.ui.settings.directory.tried_form import Change, Shown, TriedForm
from helpdesk.ui.settings.save_bar import SaveBar
from helpdesk.ui.settings.section import Section
from helpdesk.ui.settings.words import SectionWords
from helpdesk.ui.widgets.tab_order import follow_layout

_READ_ONLY = "This desk can only be read at the moment; settings cannot be changed."


@dataclass(frozen=True)
class Calls(Generic[Shown, Change]):
    """What the desk is asked for."""

    load: Callable[[], Shown]
    save: Callable[[Change], Shown]
    test: Callable[[Change, str], DirectoryTest]


class Said(NamedTuple):
    """What is said once it is saved, switched on or off."""

    on: str
    off: str


class TriedSection(Section, Generic[Shown, Change]):
    """The form, the trial, and the bar that saves."""

    def __init__(
        self,
        desktop: Desktop,
        words: SectionWords,
        form: TriedForm[Shown, Change],
        trial: Trial,
        calls: Calls[Shown, Change],
        said: Said,
    ) -> None:
        """Begin loading when it is looked at; what was typed the last time is still there."""
        super().__init__(desktop, words)
        self._place = f"{words.key}-settings"
        self._calls, self._said = calls, said
        self._is_loaded = False
        self._job: Job[DirectoryTest] | None = None
        self._kept = ""
        self._wanted = ""
        self.form, self.trial, self.save_bar = form, trial, SaveBar()
        form.test_place.addWidget(trial)
        self.body.addWidget(form)
        self.body.addStretch(1)
        self.foot.addWidget(self.save_bar)
        self._follow()
        form.changed.connect(self._on_changed)
        form.rearranged.connect(self._follow)
        trial.wanted.connect(self._on_test)
        trial.stopped.connect(self._forget_trial)
        trial.username.textChanged.connect(self._forget_trial)
        self.save_bar.save_wanted.connect(self._on_save)
        self.save_bar.discard_wanted.connect(self._on_discard)
        form.setEnabled(not desktop.info.read_only)
        if desktop.info.read_only:
            self.banner.show_quiet(_READ_ONLY)

    def concerns(self, kind: str, ids: tuple[int, ...]) -> bool:
        """Listen to channels."""
        return kind == "channel"

    def load(self) -> None:
        """Ask the desk for the settings; what is typed stays typed."""
        if not self._is_loaded:
            self.states.show_loading()
        job = self.desktop.background.latest(self, self._calls.load)
        job.then(self._show).failed(self._on_not_loaded)

    def reveal(self, key: str) -> None:
        """Bring a setting into view, as soon as it is there."""
        if not self._is_loaded:
            self._wanted = key
            return
        row = self.form.reveal(key)
        if row is not None:
            self.bring_into_view(row)
        else:
            self.trial.focus()
            self.bring_into_view(self.trial)

    def _follow(self) -> None:
        follow_layout(self.area.widget())

    def _show(self, settings: Shown) -> None:
        edits = self.form.fields.edits() if self._is_loaded else self._typed_before()
        self._is_loaded = True
        self.form.show_settings(settings, edits)
        self.states.show_content()
        if self._wanted:
            wanted, self._wanted = self._wanted, ""
            self.reveal(wanted)

    def _typed_before(self) -> dict[str, Any]:
        self._kept = self.desktop.drafts.load(self._place).get("edits", "")
        try:
            return self.form.kept_change(self._kept)
        except ValidationError:
            return {}

    def _on_not_loaded(self, error: Exception) -> None:
        if self._is_loaded:
            self.banner.show_error(sentence_of(error), "Retry", self.load)
        else:
            self.states.show_failed(sentence_of(error), self.load)

    def _on_changed(self) -> None:
        if not self._is_loaded:
            return
        edits = self.form.fields.edits()
        self.save_bar.show_changes(self.form.changes)
        text = json.dumps(edits) if edits else ""
        if text != self._kept:
            self._kept = text
            self.desktop.drafts.keep(self._place, {"edits": text})
        self._forget_trial()

    # --- trying -------------------------------------------------------------------------------

    def _on_test(self) -> None:
        change = self._sound(is_trial=True)
        if change is None:
            return
        self.trial.begin(self.form.place)
        username = self.trial.username.text().strip()
        job = self.desktop.background.run(self, self._calls.test, change, username)
        self._job = job
        job.then(self._on_tested).failed(self._on_not_tested)

    def _on_tested(self, test: DirectoryTest) -> None:
        self._job = None
        self.trial.show_test(test)
        self.bring_into_view(self.trial)

    def _on_not_tested(self, error: Exception) -> None:
        self._job = None
        self.trial.rest()
        if not self._say_at_field(error):
            self.trial.show_failed(sentence_of(error))

    def _forget_trial(self) -> None:
        """Take away what came of other settings, and wait for it no longer."""
        if self._job is not None:
            self._job.cancel()
            self._job = None
            self.trial.rest()
        self.trial.result.hide()

    # --- saving -------------------------------------------------------------------------------

    def _on_save(self) -> None:
        change = self._sound(is_trial=False)
        if change is None:
            return
        self.banner.clear()
        self.save_bar.set_saving(saving=True)
        self.form.setEnabled(False)
        job = self.desktop.background.run(self, self._calls.save, change)
        job.then(self._on_saved).failed(self._on_not_saved)

    def _sound(self, *, is_trial: bool) -> Change | None:
        """Return what was changed, or say what is wrong with it."""
        row = self.form.show_problems(self.form.problems(is_trial=is_trial))
        if row is not None:
            self.bring_into_view(row)
            return None
        try:
            return self.form.change()
        except ValidationError as error:
            self._say_wrong(invalid(error))
            return None

    def _on_saved(self, settings: Shown) -> None:
        self.form.setEnabled(True)
        self.form.key.reset()
        self.form.show_settings(settings, {})
        is_on = getattr(settings, "enabled", False)
        self.said.emit(self._said.on if is_on else self._said.off)

    def _on_not_saved(self, error: Exception) -> None:
        self.form.setEnabled(True)
        self.save_bar.show_changes(self.form.changes)
        self._say_wrong(error)

    def _say_wrong(self, error: Exception) -> None:
        if not self._say_at_field(error):
            self.banner.show_error(sentence_of(error))

    def _say_at_field(self, error: Exception) -> bool:
        name = error.field if isinstance(error, DeskError) else None
        row = self.form.show_problems({name: sentence_of(error)}) if name else None
        if row is not None:
            self.bring_into_view(row)
        return row is not None

    def _on_discard(self) -> None:
        self._forget_trial()
        self.form.discard()
