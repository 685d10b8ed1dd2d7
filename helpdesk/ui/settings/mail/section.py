# SPDX-License-Identifier: GPL-3.0-or-later
"""The section in which an admin sets up mail, tries it, and sees why nothing is sent."""

from __future__ import annotations

import json
from typing import Any

from pydantic import ValidationError

from helpdesk.core.errors import DeskError
from helpdesk.core.schemas.notifications import MailChange, MailSettings, MailTest, MailTestAsk
from helpdesk.core.validation import invalid
from helpdesk.ui.background import Job
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.settings.mail.form import MailForm
from helpdesk.ui.settings.mail.trial import MailTrial
from helpdesk.ui.settings.save_bar import SaveBar
from helpdesk.ui.settings.section import Section
from helpdesk.ui.settings.words import MAIL
from helpdesk.ui.widgets.tab_order import follow_layout
from helpdesk.ui.widgets.times import clock_time

_PLACE = "mail-settings"
"""Where what is typed is kept until it is saved, except for the password."""
_READ_ONLY = "This desk can only be read at the moment; settings cannot be changed."
_SAVED_ON = "Mail was saved and is sent this way from now on."
_SAVED_OFF = "Mail was saved; nothing is sent as long as it is switched off."


class MailSection(Section):
    """The form, the trial, and the bar that saves."""

    def __init__(self, desktop: Desktop) -> None:
        """Begin loading when it is looked at; what was typed the last time is still there."""
        super().__init__(desktop, MAIL)
        self._settings: MailSettings | None = None
        self._job: Job[MailTest] | None = None
        self._kept = ""
        self._wanted = ""
        self.form = MailForm(on_server=desktop.remote is not None)
        self.trial = MailTrial(desktop.person.email or "")
        self.save_bar = SaveBar()
        self.form.test_place.addWidget(self.trial)
        self.body.addWidget(self.form)
        self.body.addStretch(1)
        self.foot.addWidget(self.save_bar)
        follow_layout(self.area.widget())
        self.form.changed.connect(self._on_changed)
        self.trial.wanted.connect(self._on_test)
        self.trial.stopped.connect(self._forget_trial)
        self.save_bar.save_wanted.connect(self._on_save)
        self.save_bar.discard_wanted.connect(self._on_discard)
        self.form.setEnabled(not desktop.info.read_only)
        if desktop.info.read_only:
            self.banner.show_quiet(_READ_ONLY)

    def concerns(self, kind: str, ids: tuple[int, ...]) -> bool:
        """Listen to channels."""
        return kind == "channel"

    def load(self) -> None:
        """Ask the desk for the settings; what is typed stays typed."""
        if self._settings is None:
            self.states.show_loading()
        job = self.desktop.background.latest(self, self.desktop.desk.channels.mail)
        job.then(self._show).failed(self._on_not_loaded)

    def reveal(self, key: str) -> None:
        """Bring a setting into view, as soon as it is there."""
        if self._settings is None:
            self._wanted = key
            return
        row = self.form.reveal(key)
        if row is not None:
            self.bring_into_view(row)
        else:
            self.trial.to.setFocus()
            self.bring_into_view(self.trial)

    def _show(self, settings: MailSettings) -> None:
        first = self._settings is None
        edits = self._typed_before() if first else self.form.fields.edits()
        self._settings = settings
        self.form.show_settings(settings, edits)
        self._show_problem(settings)
        self.states.show_content()
        if self._wanted:
            wanted, self._wanted = self._wanted, ""
            self.reveal(wanted)

    def _show_problem(self, settings: MailSettings) -> None:
        """Say why nothing is sent, and when it is tried again; take it back when it works."""
        if settings.problem:
            again = settings.paused_until
            when = f" It is tried again at {clock_time(again)}." if again else ""
            self.banner.show_warning(f"{settings.problem}{when}")
        elif not self.desktop.info.read_only:
            self.banner.clear()

    def _typed_before(self) -> dict[str, Any]:
        self._kept = self.desktop.drafts.load(_PLACE).get("edits", "")
        try:
            change = MailChange.model_validate_json(self._kept)
        except ValidationError:
            return {}
        return change.model_dump(exclude_unset=True, exclude={"password"})

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
        self._forget_trial()

    # --- trying -------------------------------------------------------------------------------

    def _on_test(self) -> None:
        row = self.form.show_problems(self.form.problems(is_trial=True))
        if row is not None:
            self.bring_into_view(row)
            return
        change = self._change()
        if change is None:
            return
        ask = MailTestAsk(change=change, to=self.trial.to.text().strip() or None)
        self.trial.begin(self.form.host.text().strip())
        job = self.desktop.background.run(self, self.desktop.desk.channels.test_mail, ask)
        self._job = job
        job.then(self._on_tested).failed(self._on_not_tested)

    def _on_tested(self, test: MailTest) -> None:
        self._job = None
        self.trial.show_test(test)
        self.bring_into_view(self.trial)

    def _on_not_tested(self, error: Exception) -> None:
        self._job = None
        self.trial.rest()
        name = error.field if isinstance(error, DeskError) else None
        row = self.form.show_problems({name: sentence_of(error)}) if name else None
        if row is None:
            self.trial.show_failed(sentence_of(error))
        else:
            self.bring_into_view(row)

    def _forget_trial(self) -> None:
        """Take away what came of other settings, and wait for it no longer."""
        if self._job is not None:
            self._job.cancel()
            self._job = None
            self.trial.rest()
        self.trial.result.hide()

    # --- saving -------------------------------------------------------------------------------

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
        job = self.desktop.background.run(self, self.desktop.desk.channels.change_mail, change)
        job.then(self._on_saved).failed(self._on_not_saved)

    def _change(self) -> MailChange | None:
        try:
            return self.form.change()
        except ValidationError as error:
            self._say_wrong(invalid(error))
            return None

    def _on_saved(self, settings: MailSettings) -> None:
        self.form.setEnabled(True)
        self._settings = settings
        self.form.key.reset()
        self.form.show_settings(settings, {})
        self._show_problem(settings)
        self.said.emit(_SAVED_ON if settings.enabled else _SAVED_OFF)

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
        self._forget_trial()
        self.form.discard()
