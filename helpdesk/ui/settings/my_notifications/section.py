# SPDX-License-Identifier: GPL-3.0-or-later
"""The section in which everybody chooses what they are told of, how, and when not."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from PyQt5.QtCore import QTimeZone
from PyQt5.QtWidgets import QFrame, QHBoxLayout, QPushButton, QWidget

from helpdesk.core.schemas.notifications import FOR_REQUESTERS, Preferences, PreferencesChange
from helpdesk.ui.desktop import Desktop
from helpdesk.ui.icons import icon
from helpdesk.ui.notifications.chime import Chime
from helpdesk.ui.settings.fields_section import FieldsSection
from helpdesk.ui.settings.my_notifications.fields import TimeField, ZoneField
from helpdesk.ui.settings.my_notifications.matrix import Matrix
from helpdesk.ui.settings.row import Card, SettingRow
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


class NotificationsSection(FieldsSection[Preferences]):
    """The matrix, the hours, and the bar that saves."""

    CHANGE, SAVED = PreferencesChange, "How you are told was saved."

    def __init__(self, desktop: Desktop) -> None:
        """Begin loading when it is looked at."""
        super().__init__(desktop, NOTIFICATIONS)
        self._controls: list[QWidget] = []
        self.matrix = Matrix()
        self.matrix.edited.connect(self.follow_edits)
        self.chime = Chime(self)
        self.chime.silent.connect(lambda: self.said.emit(_SILENT))
        self._make_fields()
        cards = self._matrix_card(), self._quiet_card(), self._mail_card()
        self.put_cards(*cards, read_only=_READ_ONLY)

    def concerns(self, kind: str, ids: tuple[int, ...]) -> bool:
        """Listen to one's own notifications."""
        return kind == "notification" and (not ids or self.desktop.person.id in ids)

    def load(self) -> None:
        """Ask the desk, and once for the zones there are."""
        if self.kept is None:
            self.desktop.background.run(self, zone_names).then(self.zone.offer)
        super().load()

    def ask(self) -> Preferences:
        """Ask how one is told."""
        return self.desktop.desk.notifications.preferences()

    def send(self, change: PreferencesChange) -> Preferences:
        """Change it."""
        return self.desktop.desk.notifications.change_preferences(change)

    def reveal_other(self, key: str) -> None:
        """Bring address or matrix into view."""
        if key != "email":
            self.matrix.setFocus()
        self.bring_into_view(self._address if key == "email" else self.matrix)

    def focus_first(self) -> None:
        """Begin with the matrix."""
        self.matrix.setFocus()

    # --- building -----------------------------------------------------------------------------

    def _make_fields(self) -> None:
        self.quiet = self.fields.switch("quiet")
        self.begin, self.end, self.digest = TimeField(), TimeField(), TimeField()
        for field, name in ((self.begin, "from"), (self.end, "until")):
            field.timeChanged.connect(self.follow_edits)
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

    def show_all(self, kept: Preferences, edits: dict[str, Any]) -> None:
        """Show what is chosen, and over it what was changed by hand."""
        preferences = kept
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

    def edits(self) -> dict[str, Any]:
        """Return what was changed by hand; hours and matrix are no fields of the form."""
        before = self.kept
        if before is None:
            return {}
        edits = self.fields.edits()
        for name, field in (("quiet_from", self.begin), ("quiet_until", self.end)):
            if field.minutes != getattr(before, name):
                edits[name] = field.minutes
        choices = tuple(self.matrix.edits().values())
        return edits | ({"choices": choices} if choices else {})

    def follow_edits(self) -> None:
        """Count each choice of the matrix, and follow the switch of the quiet hours."""
        if self.kept is None:
            return
        edits = self.edits()
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

    def problems(self) -> dict[str, str]:
        """Want a zone that there is."""
        return {"time_zone": self.zone.problem} if self.zone.problem else {}


def zone_here() -> str:
    """Return the time zone of this computer, empty where it does not say."""
    zone = bytes(QTimeZone.systemTimeZoneId().data()).decode()
    # Who has UTC need not be asked to take it by its other name.
    return zone.removeprefix("Etc/") if zone == "Etc/UTC" else zone


def zone_names() -> tuple[str, ...]:
    """Return the zones there are; the files of the system are read for it."""
    return tuple(sorted(zone for zone in available_timezones() if "/" in zone or zone == "UTC"))
