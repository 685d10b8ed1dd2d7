# SPDX-License-Identifier: GPL-3.0-or-later
"""The section in which people keep canned replies, in folders, and managers share them."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

from PyQt5.QtWidgets import QPushButton

from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.macros import MacroChange, MacroSettings, MacroView
from helpdesk.core.schemas.ticket_work import Shared
from helpdesk.core.text import ellipsis, single_line
from helpdesk.ui.desktop import Desktop
from helpdesk.ui.settings.figure_words import counted
from helpdesk.ui.settings.macros.form import MacroForm
from helpdesk.ui.settings.record_list import RecordRow
from helpdesk.ui.settings.record_section import NEW, RecordSection
from helpdesk.ui.settings.words import CANNED_REPLIES
from helpdesk.ui.tokens import Tone
from helpdesk.ui.widgets.toast import Toast

_SHOWN = 110
_UNDO_SECONDS = 15


class MacrosSection(RecordSection):
    """The list by folder, and the form of one."""

    noun = "canned reply"
    hint = "Keep what you write again and again: / in a reply finds it."
    read_only = "This desk can only be read at the moment."
    permission = Permission.WORK_TICKET

    def __init__(self, desktop: Desktop) -> None:
        """Begin loading when it is looked at."""
        self.macro_form = MacroForm(may_share=desktop.may(Permission.SHARE_WORK))
        super().__init__(desktop, CANNED_REPLIES, self.macro_form)

    def concerns(self, kind: str, ids: tuple[int, ...]) -> bool:
        """Listen to canned replies, and to what they can set."""
        return kind in ("macro", "team", "category")

    def read(self) -> tuple[Any, ...]:
        """Ask the desk for them, and for what they can set."""
        desk = self.desktop.desk
        macros = desk.macros.all()
        return macros, desk.tickets.categories(), desk.tickets.assignable(), desk.teams.all()

    def take(self, told: tuple[Any, ...]) -> None:
        """Offer what they can set."""
        categories, people, teams = told
        folders = [each.folder for each in self.records.values()]
        names = {each.id: each.name for each in teams}
        self.macro_form.set_choices(categories, people, names, folders)

    def row_of(self, record: MacroView) -> RecordRow:
        """Say its folder, how it begins and what it sets."""
        title = f"{record.folder} › {record.name}" if record.folder else record.name
        chips: list[tuple[str, Tone]] = []
        if record.internal:
            chips.append(("Internal note", "warning"))
        if record.shared is Shared.ALL:
            chips.append(("All staff", "accent"))
        elif record.shared is Shared.TEAM:
            chips.append((record.team or "Team", "accent"))
        lines = (ellipsis(single_line(record.body), _SHOWN), " · ".join(record.sets))
        return RecordRow(
            record.id,
            title,
            tuple(line for line in lines if line),
            tuple(chips),
            counted(record.used, "use", "uses") if record.used else "",
        )

    def save_call(self, record: MacroView | None, settings: MacroSettings) -> Callable[[], Any]:
        """Keep it anew, or change it."""
        macros = self.desktop.desk.macros
        if record is None:
            return partial(macros.add, settings)
        change = MacroChange(**settings.model_dump(), version=record.version)
        return partial(macros.change, record.id, change)

    def remove_call(self, record: MacroView) -> Callable[[], Any]:
        """Forget it."""
        return partial(self.desktop.desk.macros.remove, record.id)

    def saved_words(self, record: MacroView) -> str:
        """Say that it can be used."""
        return f"{record.name} was saved."

    def buttons(self) -> list[QPushButton]:
        """Let another one begin as the chosen one is."""
        self.duplicate_button = self._button("Duplicate", self._on_duplicate)
        return [self.duplicate_button]

    def show_buttons(self) -> None:
        """Enable what can be done with the chosen one."""
        super().show_buttons()
        record = self.chosen
        self.duplicate_button.setEnabled(record is not None)
        self.remove_button.setEnabled(record is not None and record.mine)
        self.edit_button.setText("Edit" if record is None or record.mine else "Show")

    def _on_duplicate(self) -> None:
        record = self.chosen
        if record is None:
            return
        values = self.form.values_of(record)
        copied = {**values, "name": f"{record.name} (copy)", "shared": "private"}
        self.desktop.drafts.keep(self._place(NEW), {"edits": json.dumps(copied)})
        self.open_record(NEW)

    def _on_remove(self) -> None:
        """Remove at once: it can be kept again from the toast."""
        if self.chosen is not None:
            self._remove(self.chosen)

    def _on_removed(self, record: MacroView) -> None:
        super()._on_removed(record)
        Toast.say(
            self.window(),
            f"“{record.name}” was removed.",
            "Undo",
            partial(self._keep_again, record),
            _UNDO_SECONDS,
        )

    def _keep_again(self, record: MacroView) -> None:
        kept = {name: getattr(record, name) for name in MacroSettings.model_fields}
        job = self.desktop.background.run(
            self, self.desktop.desk.macros.add, MacroSettings.model_validate(kept)
        )
        job.then(lambda _: self.load()).failed(self._on_act_failed)
