# SPDX-License-Identifier: GPL-3.0-or-later
"""The section in which everybody chooses what they are told of, how, and when not."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from pydantic import ValidationError
from PyQt5.QtCore import QTimeZone
from PyQt5.QtWidgets import QFrame, QHBoxLayout, QPushButton, QWidget

from helpdesk.core.errors import DeskError
from helpdesk.core.schemas.notifications import FOR_REQUESTERS, Preferences, PreferencesChange
from helpdesk.core.validation import invalid
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.icons import icon
from helpdesk.ui.notifications.chime import Chime
from helpdesk.ui.settings.bound_fields import BoundFields
from helpdesk.ui.settings.my_notifications.fields import TimeField, ZoneField
from helpdesk.ui.settings.my_notifications.matrix import Matrix
from helpdesk.ui.settings.row import Card, SettingRow
from helpdesk.ui.settings.save_bar import SaveBar
from helpdesk.ui.settings.section import Section
from helpdesk.ui.settings.words import NOTIFICATIONS, Words
from helpdesk.ui.widgets.field_label import FieldLabel
from helpdesk.ui.widgets.plain_label import PlainLabel
from helpdesk.ui.widgets.tab_order import follow_layout

_OF_URGENT = ("urgent_breaks_quiet", "sound")
"""Settings for those who are sent something urgent, which requesters never are."""
_TIME_WIDTH, _BESIDE_PLAY = 110, 300
_NO_ADDRESS = "Your account has no e-mail address; ask the help desk to add it."
_NO_MAIL = "The desk does not send e-mail at present; what you choose counts as soon as it does."
_READ_ONLY = "This desk can only be read at the moment; settings cannot be changed."
_SILENT = "This computer makes no sound here; the message and its card come all the same."


class NotificationsSection(Section):
    """The matrix, the hours, and the bar that saves."""

    def __init__(self, desktop: Desktop) -> None:
        """Begin loading when it is looked at."""
        super().__init__(desktop, NOTIFICATIONS)
        self._preferences: Preferences | None = None
        self._wanted = ""
        self._controls: list[QWidget] = []
        self.matrix = Matrix()
        self.matrix.edited.connect(self._on_edited)
        self.fields = BoundFields(self, NOTIFICATIONS)
        self.fields.edited.connect(self._on_edited)
        self.chime = Chime(self)
        self.chime.silent.connect(lambda: self.said.emit(_SILENT))
        self._make_fields()
        self.save_bar = SaveBar()
        self.save_bar.save_wanted.connect(self._on_save)
        self.save_bar.discard_wanted.connect(self._on_discard)
        for card in (self._matrix_card(), self._quiet_card(), self._mail_card()):
            self.body.addWidget(card)
        self.body.addStretch(1)
        self.foot.addWidget(self.save_bar)
        if desktop.info.read_only:
            self.banner.show_quiet(_READ_ONLY)
            self.area.widget().setEnabled(False)

    def concerns(self, kind: str, ids: tuple[int, ...]) -> bool:
        """Listen to one's own notifications."""
        return kind == "notification" and (not ids or self.desktop.person.id in ids)

    def load(self) -> None:
        """Ask the desk; what is changed and not saved stays."""
        if self._preferences is None:
            self.states.show_loading()
            self.desktop.background.run(self, zone_names).then(self.zone.offer)
        job = self.desktop.background.latest(self, self.desktop.desk.notifications.preferences)
        job.then(self._show).failed(self._on_not_loaded)

    def reveal(self, key: str) -> None:
        """Bring a setting into view, as soon as it is there."""
        if self._preferences is None:
            self._wanted = key
            return
        row = self.fields.rows.get(key)
        if row is not None:
            row.field.setFocus()
            self.bring_into_view(row)
        elif key == "email":
            self.bring_into_view(self._address)
        else:
            self.matrix.setFocus()
            self.bring_into_view(self.matrix)

    # --- building -----------------------------------------------------------------------------

    def _make_fields(self) -> None:
        self.quiet = self.fields.switch("quiet")
        self.begin, self.end, self.digest = TimeField(), TimeField(), TimeField()
        for field, name in ((self.begin, "from"), (self.end, "until")):
            field.timeChanged.connect(self._on_edited)
            field.setAccessibleName(f"Quiet hours {name}")
            field.setFixedWidth(_TIME_WIDTH)
        self.urgent = self.fields.switch("urgent_breaks_quiet")
        self.digest.timeChanged.connect(self.fields.tell)
        self.fields.bind(
            "digest_at", self.digest, lambda: self.digest.minutes, self.digest.set_minutes
        )
        # The row has made it as wide as a line of text.
        self.digest.setFixedWidth(_TIME_WIDTH)
        self.zone = ZoneField()
        self.zone.textChanged.connect(self.fields.tell)
        self.zone.editingFinished.connect(self._on_zone_left)
        self.here_button = QPushButton()
        self.here_button.setProperty("kind", "quiet")
        self.here_button.clicked.connect(lambda: self.zone.setText(zone_here()))
        self.here_button.hide()
        self.fields.bind(
            "time_zone", self.zone, lambda: self.zone.zone, self.zone.setText, self.here_button
        )
        self.sound = self.fields.switch("sound")

    def _matrix_card(self) -> QFrame:
        frame = QFrame()
        card = Card(frame, "What you are told of")
        self._no_mail = PlainLabel(role="waiting")
        self._no_mail.hide()
        card.addWidget(self._no_mail)
        card.addWidget(self.matrix)
        return frame

    def _quiet_card(self) -> QFrame:
        rows, frame = self.fields.rows, QFrame()
        card = Card(frame, "When you are left in peace")
        self._hours = QWidget()
        between = QHBoxLayout(self._hours)
        between.setContentsMargins(44, 0, 0, 0)
        between.setSpacing(8)
        for text, field in (("From", self.begin), ("until", self.end)):
            name = field.accessibleName()
            between.addWidget(FieldLabel(text, field))
            field.setAccessibleName(name)
            between.addWidget(field)
        between.addStretch(1)
        self.play_button = QPushButton("Play")
        self.play_button.setIcon(icon("play"))
        self.play_button.setAccessibleName("Play the sound")
        self.play_button.clicked.connect(self.chime.play)
        rows["sound"].setMinimumWidth(_BESIDE_PLAY)
        sound = QHBoxLayout()
        sound.addWidget(rows["sound"])
        sound.addWidget(self.play_button)
        sound.addStretch(1)
        card.addWidget(rows["quiet"])
        card.addWidget(self._hours)
        card.addWidget(rows["urgent_breaks_quiet"])
        card.addLayout(sound)
        card.addWidget(rows["time_zone"])
        return frame

    def _mail_card(self) -> QFrame:
        frame = QFrame()
        card = Card(frame, "E-mail")
        words: Words = NOTIFICATIONS.setting("email")
        self._address = PlainLabel()
        self._address.setAccessibleName(words.name)
        title = FieldLabel(words.name)
        head = QHBoxLayout()
        head.setSpacing(10)
        head.addWidget(title)
        head.addWidget(self._address, 1)
        card.addLayout(head)
        card.addWidget(self.fields.rows["digest_at"])
        return frame

    # --- what is shown ------------------------------------------------------------------------

    def _show(self, preferences: Preferences) -> None:
        first = self._preferences is None
        edits: dict[str, Any] = {} if first else self._edits()
        self._preferences = preferences
        self._show_all(preferences, edits)
        self.states.show_content()
        if self._wanted:
            wanted, self._wanted = self._wanted, ""
            self.reveal(wanted)

    def _show_all(self, preferences: Preferences, edits: dict[str, Any]) -> None:
        choices = {each.happening: each for each in edits.get("choices", ())}
        self.matrix.show_choices(preferences.choices, choices)
        hears_urgent = any(each.happening not in FOR_REQUESTERS for each in preferences.choices)
        for of_urgent in (*(self.fields.rows[each] for each in _OF_URGENT), self.play_button):
            of_urgent.setVisible(hears_urgent)
        values = preferences.model_dump(exclude={"choices"})
        for name, field in (("quiet_from", self.begin), ("quiet_until", self.end)):
            blocked = field.blockSignals(True)
            field.set_minutes(edits.get(name, values[name]))
            field.blockSignals(blocked)
        self.fields.show(values, edits)
        self._controls = follow_layout(self.area.widget(), self._controls)
        self._address.setText(preferences.email or _NO_ADDRESS)
        self._no_mail.setText("" if preferences.mail_works else _NO_MAIL)
        self._no_mail.setVisible(not preferences.mail_works)

    def _edits(self) -> dict[str, Any]:
        before = self._preferences
        if before is None:
            return {}
        edits = self.fields.edits()
        for name, field in (("quiet_from", self.begin), ("quiet_until", self.end)):
            if field.minutes != getattr(before, name):
                edits[name] = field.minutes
        choices = tuple(self.matrix.edits().values())
        return edits | ({"choices": choices} if choices else {})

    def _on_edited(self) -> None:
        if self._preferences is None:
            return
        edits = self._edits()
        self.save_bar.show_changes(len(edits) + max(0, len(edits.get("choices", ())) - 1))
        on = self.quiet.isChecked()
        self._hours.setEnabled(on)
        self.urgent.setEnabled(on)
        here = zone_here()
        self.here_button.setText(f"Use {here}, as this computer")
        self.here_button.setVisible(bool(here) and here != self.zone.zone)
        row: SettingRow = self.fields.rows["time_zone"]
        if row.error and not self.zone.problem:
            row.show_error("")

    def _on_zone_left(self) -> None:
        self.fields.rows["time_zone"].show_error(self.zone.problem)

    def _on_not_loaded(self, error: Exception) -> None:
        if self._preferences is None:
            self.states.show_failed(sentence_of(error), self.load)
        else:
            self.banner.show_error(sentence_of(error), "Retry", self.load)

    # --- saving -------------------------------------------------------------------------------

    def _on_save(self) -> None:
        if self.zone.problem:
            self._on_zone_left()
            self.bring_into_view(self.fields.rows["time_zone"])
            self.zone.setFocus()
            return
        try:
            change = PreferencesChange.model_validate(self._edits())
        except ValidationError as error:
            self._on_not_saved(invalid(error))
            return
        self.banner.clear()
        self.save_bar.set_saving(saving=True)
        change_preferences = self.desktop.desk.notifications.change_preferences
        job = self.desktop.background.run(self, change_preferences, change)
        job.then(self._on_saved).failed(self._on_not_saved)

    def _on_saved(self, preferences: Preferences) -> None:
        self._preferences = preferences
        self._show_all(preferences, {})
        self._on_edited()
        self.said.emit("How you are told was saved.")

    def _on_not_saved(self, error: Exception) -> None:
        self._on_edited()
        name = error.field if isinstance(error, DeskError) else None
        row = self.fields.rows.get(name or "")
        if row is None:
            self.banner.show_error(sentence_of(error))
        else:
            row.show_error(sentence_of(error))
            self.bring_into_view(row)

    def _on_discard(self) -> None:
        if self._preferences is not None:
            self.banner.clear()
            self._show_all(self._preferences, {})
            self.fields.show_problems({})
            self._on_edited()


def zone_here() -> str:
    """Return the time zone of this computer, empty where it does not say."""
    zone = bytes(QTimeZone.systemTimeZoneId().data()).decode()
    # Who has UTC need not be asked to take it by its other name.
    return zone.removeprefix("Etc/") if zone == "Etc/UTC" else zone


def zone_names() -> tuple[str, ...]:
    """Return the zones there are; the files of the system are read for it."""
    return tuple(sorted(zone for zone in available_timezones() if "/" in zone or zone == "UTC"))
