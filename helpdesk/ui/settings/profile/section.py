# SPDX-License-Identifier: GPL-3.0-or-later
"""The section in which everybody says who they are: picture, name, address, zone and language."""

from __future__ import annotations

from typing import Any

from PyQt5.QtWidgets import QFrame, QHBoxLayout, QPushButton, QWidget

from helpdesk.core.languages import LANGUAGES
from helpdesk.core.schemas.accounts import ProfileChange, ProfileView
from helpdesk.core.text import NAME_LIMIT
from helpdesk.ui import own_look
from helpdesk.ui.desktop import Desktop
from helpdesk.ui.settings.fields_section import FieldsSection
from helpdesk.ui.settings.my_notifications.fields import ZoneField
from helpdesk.ui.settings.my_notifications.section import zone_here, zone_names
from helpdesk.ui.settings.profile.email_dialog import EmailDialog
from helpdesk.ui.settings.profile.picture_field import PictureField
from helpdesk.ui.settings.row import Card
from helpdesk.ui.settings.words import PROFILE
from helpdesk.ui.widgets.drop_down import DropDown
from helpdesk.ui.widgets.field_label import FieldLabel
from helpdesk.ui.widgets.plain_label import PlainLabel
from helpdesk.ui.widgets.tab_order import follow_layout

_NO_NAME = "Type your name; it is what others read."
_NO_ADDRESS = "None; the desk cannot write to you."
_ELSEWHERE = "Name, e-mail address and password are kept where your account comes from."
_READ_ONLY = "This desk can only be read at the moment; your profile cannot be changed."


class ProfileSection(FieldsSection[ProfileView]):
    """A picture that is kept at once, and fields that are saved together."""

    CHANGE, SAVED = ProfileChange, "Your profile was saved."

    def __init__(self, desktop: Desktop) -> None:
        """Begin loading when it is looked at."""
        super().__init__(desktop, PROFILE)
        self._controls: list[QWidget] = []
        self.picture = PictureField(desktop)
        self.picture.said.connect(self.said)
        self._make_fields()
        cards = self._person_card(), self._mail_card(), self._place_card()
        self.put_cards(*cards, read_only=_READ_ONLY)

    def concerns(self, kind: str, ids: tuple[int, ...]) -> bool:
        """Listen to one's own account, and to how one is told: the time zone is the same."""
        return kind in ("user", "notification") and (not ids or self.desktop.person.id in ids)

    def load(self) -> None:
        """Ask the desk, and once for the zones there are."""
        if self.kept is None:
            self.desktop.background.run(self, zone_names).then(self.zone.offer)
        super().load()

    def reveal_other(self, key: str) -> None:
        """Bring picture or address into view."""
        button = {"picture": self.picture.choose_button, "email": self.email_button}.get(key)
        if button is not None:
            button.setFocus()
            self.bring_into_view(self.picture if key == "picture" else button)

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

    def ask(self) -> ProfileView:
        """Ask for one's own profile."""
        return self.desktop.desk.profiles.own()

    def send(self, change: ProfileChange) -> ProfileView:
        """Change it."""
        return self.desktop.desk.profiles.change(change)

    def show_all(self, kept: ProfileView, edits: dict[str, Any]) -> None:
        """Show the profile, and over it what was typed."""
        self.picture.avatar.set_name(kept.full_name)
        self.fields.show(kept.model_dump(), edits)
        self._address.setText(kept.email or _NO_ADDRESS)
        elsewhere = kept.is_directory_account
        self._elsewhere.setVisible(elsewhere)
        self.name.setEnabled(not elsewhere)
        self.email_button.setVisible(not elsewhere)
        self._controls = follow_layout(self.area.widget(), self._controls)

    def follow_edits(self) -> None:
        """Offer the zone of this computer where another one is chosen."""
        super().follow_edits()
        if self.kept is None:
            return
        here = zone_here()
        self.here_button.setText(f"Use {here}, as this computer")
        self.here_button.setVisible(bool(here) and here != self.zone.zone)
        row = self.fields.rows["time_zone"]
        if row.error and not self.zone.problem:
            row.show_error("")

    def problems(self) -> dict[str, str]:
        """Want a name, and a zone that there is."""
        wrong = {
            "full_name": "" if self.name.text().strip() else _NO_NAME,
            "time_zone": self.zone.problem,
        }
        return {name: said for name, said in wrong.items() if said}

    def show_saved(self, kept: ProfileView) -> None:
        """Follow the look that is kept with it."""
        super().show_saved(kept)
        own_look.apply(self.desktop.state, kept)

    def _on_zone_left(self) -> None:
        self.fields.rows["time_zone"].show_error(self.zone.problem)

    def _on_change_email(self) -> None:
        email = self.kept.email if self.kept else None
        dialog = EmailDialog(self.desktop, email or "", self)
        dialog.changed.connect(self._on_readdressed)
        dialog.open()

    def _on_readdressed(self, profile: ProfileView) -> None:
        self.show_kept(profile)
        self.said.emit("Your e-mail address was changed.")
