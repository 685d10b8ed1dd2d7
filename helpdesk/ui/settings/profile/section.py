# SPDX-License-Identifier: GPL-3.0-or-later
"""The section in which everybody says who they are: picture, name, address, zone and language."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError
from PyQt5.QtWidgets import QFrame, QHBoxLayout, QPushButton, QWidget

from helpdesk.core.errors import DeskError
from helpdesk.core.languages import LANGUAGES
from helpdesk.core.schemas.accounts import ProfileChange, ProfileView
from helpdesk.core.text import NAME_LIMIT
from helpdesk.core.validation import invalid
from helpdesk.ui import own_look
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.settings.bound_fields import BoundFields
from helpdesk.ui.settings.my_notifications.fields import ZoneField
from helpdesk.ui.settings.my_notifications.section import zone_here, zone_names
from helpdesk.ui.settings.profile.email_dialog import EmailDialog
from helpdesk.ui.settings.profile.picture_field import PictureField
from helpdesk.ui.settings.row import Card
from helpdesk.ui.settings.save_bar import DISCARDED, SaveBar
from helpdesk.ui.settings.section import Section
from helpdesk.ui.settings.words import PROFILE
from helpdesk.ui.widgets.drop_down import DropDown
from helpdesk.ui.widgets.field_label import FieldLabel
from helpdesk.ui.widgets.plain_label import PlainLabel
from helpdesk.ui.widgets.tab_order import follow_layout

_NO_NAME = "Type your name; it is what others read."
_NO_ADDRESS = "None; the desk cannot write to you."
_ELSEWHERE = "Name, e-mail address and password are kept where your account comes from."
_READ_ONLY = "This desk can only be read at the moment; your profile cannot be changed."


class ProfileSection(Section):
    """A picture that is kept at once, and fields that are saved together."""

    def __init__(self, desktop: Desktop) -> None:
        """Begin loading when it is looked at."""
        super().__init__(desktop, PROFILE)
        self._profile: ProfileView | None = None
        self._wanted = ""
        self._controls: list[QWidget] = []
        self.picture = PictureField(desktop)
        self.picture.said.connect(self.said)
        self.fields = BoundFields(self, PROFILE)
        self.fields.edited.connect(self._on_edited)
        self._make_fields()
        self.save_bar = SaveBar()
        self.save_bar.save_wanted.connect(self._on_save)
        self.save_bar.discard_wanted.connect(self._on_discard)
        for card in (self._person_card(), self._mail_card(), self._place_card()):
            self.body.addWidget(card)
        self.body.addStretch(1)
        self.foot.addWidget(self.save_bar)
        if desktop.info.read_only:
            self.banner.show_quiet(_READ_ONLY)
            self.area.widget().setEnabled(False)

    def concerns(self, kind: str, ids: tuple[int, ...]) -> bool:
        """Listen to one's own account, and to how one is told: the time zone is the same."""
        return kind in ("user", "notification") and (not ids or self.desktop.person.id in ids)

    def load(self) -> None:
        """Ask the desk; what is changed and not saved stays."""
        if self._profile is None:
            self.states.show_loading()
            self.desktop.background.run(self, zone_names).then(self.zone.offer)
        job = self.desktop.background.latest(self, self.desktop.desk.profiles.own)
        job.then(self._show).failed(self._on_not_loaded)

    def reveal(self, key: str) -> None:
        """Bring a setting into view, as soon as it is there."""
        if self._profile is None:
            self._wanted = key
        elif key == "picture":
            self.picture.choose_button.setFocus()
            self.bring_into_view(self.picture)
        elif key == "email":
            self.email_button.setFocus()
            self.bring_into_view(self.email_button)
        elif (row := self.fields.rows.get(key)) is not None:
            row.field.setFocus()
            self.bring_into_view(row)

    # --- building -----------------------------------------------------------------------------

    def _make_fields(self) -> None:
        self.name = self.fields.line("full_name", NAME_LIMIT)
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
        self.language = self.fields.choice("language", DropDown(tuple(LANGUAGES.items())))

    def _person_card(self) -> QFrame:
        frame = QFrame()
        card = Card(frame, "You")
        self._elsewhere = PlainLabel(_ELSEWHERE, role="waiting")
        self._elsewhere.hide()
        card.addWidget(self._elsewhere)
        card.addWidget(self.picture)
        card.addWidget(self.fields.rows["full_name"])
        return frame

    def _mail_card(self) -> QFrame:
        frame = QFrame()
        card = Card(frame, "E-mail")
        words = PROFILE.setting("email")
        self._address = PlainLabel()
        self._address.setAccessibleName(words.name)
        self.email_button = QPushButton("Change…")
        self.email_button.setAccessibleName("Change e-mail address")
        self.email_button.clicked.connect(self._on_change_email)
        line = QHBoxLayout()
        line.setSpacing(10)
        line.addWidget(FieldLabel(words.name))
        line.addWidget(self._address, 1)
        line.addWidget(self.email_button)
        card.addLayout(line)
        card.addWidget(PlainLabel(words.help, role="secondary"))
        return frame

    def _place_card(self) -> QFrame:
        frame = QFrame()
        card = Card(frame, "Time and language")
        card.addWidget(self.fields.rows["time_zone"])
        card.addWidget(self.fields.rows["language"])
        return frame

    # --- what is shown ------------------------------------------------------------------------

    def _show(self, profile: ProfileView) -> None:
        edits: dict[str, Any] = {} if self._profile is None else self.fields.edits()
        self._show_all(profile, edits)
        self.states.show_content()
        if self._wanted:
            wanted, self._wanted = self._wanted, ""
            self.reveal(wanted)

    def _show_all(self, profile: ProfileView, edits: dict[str, Any]) -> None:
        self._profile = profile
        self.picture.avatar.set_name(profile.full_name)
        self.fields.show(profile.model_dump(), edits)
        self._address.setText(profile.email or _NO_ADDRESS)
        elsewhere = profile.is_directory_account
        self._elsewhere.setVisible(elsewhere)
        self.name.setEnabled(not elsewhere)
        self.email_button.setVisible(not elsewhere)
        self._controls = follow_layout(self.area.widget(), self._controls)

    def _on_edited(self) -> None:
        if self._profile is None:
            return
        self.save_bar.show_changes(len(self.fields.edits()))
        here = zone_here()
        self.here_button.setText(f"Use {here}, as this computer")
        self.here_button.setVisible(bool(here) and here != self.zone.zone)
        row = self.fields.rows["time_zone"]
        if row.error and not self.zone.problem:
            row.show_error("")

    def _on_zone_left(self) -> None:
        self.fields.rows["time_zone"].show_error(self.zone.problem)

    def _on_not_loaded(self, error: Exception) -> None:
        if self._profile is None:
            self.states.show_failed(sentence_of(error), self.load)
        else:
            self.banner.show_error(sentence_of(error), "Retry", self.load)

    # --- saving -------------------------------------------------------------------------------

    def _on_save(self) -> None:
        wrong = {"full_name": "" if self.name.text().strip() else _NO_NAME}
        wrong["time_zone"] = self.zone.problem
        first = self.fields.show_problems({name: said for name, said in wrong.items() if said})
        if first is not None:
            self.bring_into_view(first)
            first.field.setFocus()
            return
        try:
            change = ProfileChange.model_validate(self.fields.edits())
        except ValidationError as error:
            self._on_not_saved(invalid(error))
            return
        self.banner.clear()
        self.fields.show_problems({})
        self.save_bar.set_saving(saving=True)
        job = self.desktop.background.run(self, self.desktop.desk.profiles.change, change)
        job.then(self._on_saved).failed(self._on_not_saved)

    def _on_saved(self, profile: ProfileView) -> None:
        if self.save_bar.holds_focus:
            self.name.setFocus()
        self._show_all(profile, {})
        own_look.apply(self.desktop.state, profile)
        self.said.emit("Your profile was saved.")

    def _on_not_saved(self, error: Exception) -> None:
        self._on_edited()
        name = error.field if isinstance(error, DeskError) else None
        row = self.fields.rows.get(name or "")
        if row is None:
            self.banner.show_error(sentence_of(error))
        else:
            row.show_error(sentence_of(error))
            self.bring_into_view(row)
            row.field.setFocus()

    def _on_discard(self) -> None:
        if self._profile is None:
            return
        if self.save_bar.holds_focus:
            self.name.setFocus()
        self.banner.clear()
        self.fields.show_problems({})
        self._show_all(self._profile, {})
        self.said.emit(DISCARDED)

    def _on_change_email(self) -> None:
        email = self._profile.email if self._profile else None
        dialog = EmailDialog(self.desktop, email or "", self)
        dialog.changed.connect(self._on_readdressed)
        dialog.open()

    def _on_readdressed(self, profile: ProfileView) -> None:
        self._show(profile)
        self.said.emit("Your e-mail address was changed.")
