# SPDX-License-Identifier: GPL-3.0-or-later
"""What sections share in which several things are set up: a list, and a form for one of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final, Protocol

from PyQt5 import sip
from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from helpdesk.core.errors import Conflict, DeskError, NotFound
from helpdesk.core.permissions import Permission
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.icons import icon
from helpdesk.ui.settings.record_list import RecordList, RecordRow
from helpdesk.ui.settings.row import SettingRow
from helpdesk.ui.settings.save_bar import DISCARDED, SaveBar
from helpdesk.ui.settings.section import Section
from helpdesk.ui.settings.words import SectionWords
from helpdesk.ui.tokens import Tone
from helpdesk.ui.widgets.question import Question
from helpdesk.ui.widgets.tab_order import follow_layout
from helpdesk.ui.widgets.toast import Toast

NEW = 0
"""Stands for the record that is not saved yet."""
_CONCERNS = ("sla", "team", "category")
_UNSAVED: Final[tuple[str, Tone]] = ("not saved yet", "warning")


class Record(Protocol):
    """What every record has."""

    @property
    def id(self) -> int:
        """What it is known by."""

    @property
    def name(self) -> str:
        """What people call it."""

    @property
    def version(self) -> int:
        """How often it was changed."""


class RecordForm(QWidget):
    """The fields of one record, as plain values that can be compared and kept as a draft."""

    changed = pyqtSignal()
    """The person changed something."""

    def __init__(self) -> None:
        """Begin without fields."""
        super().__init__()
        self._order: list[QWidget] = []

    def values(self) -> dict[str, Any]:
        """Return what the fields show, made of what JSON knows."""
        raise NotImplementedError

    def values_of(self, record: Any) -> dict[str, Any]:
        """Return what the fields would show of a record, or of a new one."""
        raise NotImplementedError

    def put(self, values: Mapping[str, Any]) -> None:
        """Show values without telling."""
        raise NotImplementedError

    def settings(self) -> Any:
        """Return the DTO that the fields make, or ``None`` after saying at them what is wrong."""
        raise NotImplementedError

    def show_problem(self, field: str, sentence: str) -> QWidget | None:
        """Say at a field what the desk found wrong, and return the field if there is one."""
        raise NotImplementedError

    def focus(self, key: str) -> None:
        """Put the keyboard into a setting: into the first control where there are several."""
        field = self.rows()[key].field
        inside = (field, *field.findChildren(QWidget))
        takers = (each for each in inside if each.focusPolicy() & Qt.TabFocus and each.isEnabled())
        next(takers, field).setFocus()

    def follow_layout(self) -> None:
        """Let Tab walk as the controls stand, also where some came later."""
        self._order = follow_layout(self, self._order)

    def lock(self) -> None:
        """Let the fields be read, and not be changed, from now on."""
        raise NotImplementedError

    def rows(self) -> Mapping[str, SettingRow]:
        """Return the settings by their keys, for the search."""
        raise NotImplementedError


class RecordSection(Section):
    """Shows the list or the form; what is typed stays until it is saved or discarded.

    A form differs from the record by what was changed by hand. That is kept as a draft, put over
    whatever the desk tells anew, and is all that one loses by discarding.
    """

    noun = "record"
    hint = ""
    """What to do first, where there is none."""
    read_only = "Only admins change this; you can read it here."
    movable = False
    permission = Permission.SET_UP_RULES
    """The right to change what is set up here."""

    def __init__(self, desktop: Desktop, words: SectionWords, form: RecordForm) -> None:
        """Begin with the list; `load` asks the desk."""
        super().__init__(desktop, words)
        self.form = form
        self.records: dict[int, Any] = {}
        self.opened: int | None = None
        self.may_change = desktop.may(self.permission)
        self._has_loaded = False
        self._shown: dict[str, Any] = {}
        self._kept = ""
        self._field: QWidget | None = None
        """Where the keyboard was in the form before it was saved."""
        self._build()

    # --- what a section fills in --------------------------------------------------------------

    def read(self) -> tuple[Any, ...]:
        """Return what the desk tells: the records first; runs on a thread of the pool."""
        raise NotImplementedError

    def take(self, told: tuple[Any, ...]) -> None:
        """Use what else the desk has told, such as choices."""

    def row_of(self, record: Any) -> RecordRow:
        """Return what the list shows of a record."""
        raise NotImplementedError

    def save_call(self, record: Any, settings: Any) -> Callable[[], Any]:
        """Return the call that saves settings: as a change of a record, or as a new one."""
        raise NotImplementedError

    def remove_call(self, record: Any) -> Callable[[], Any]:
        """Return the call that removes a record."""
        raise NotImplementedError

    def consequence(self, record: Any) -> str:
        """Say what follows when a record is removed."""
        raise NotImplementedError

    def saved_words(self, record: Any) -> str:
        """Say that a record was saved, and what is to be known of it."""
        return f"{record.name} was saved and is in force now."

    def buttons(self) -> list[QPushButton]:
        """Return what else can be done with the chosen record."""
        return []

    def show_buttons(self) -> None:
        """Enable what can be done with the chosen record."""
        record = self.chosen
        self.edit_button.setEnabled(record is not None)
        self.remove_button.setEnabled(record is not None)

    # --- the section --------------------------------------------------------------------------

    @property
    def chosen(self) -> Any:
        """The record that is chosen in the list, or ``None``."""
        row = self.list.current
        return self.records.get(row.id) if row is not None else None

    @property
    def record(self) -> Any:
        """The record in the form, or ``None`` for a new one."""
        return self.records.get(self.opened) if self.opened else None

    @property
    def edits(self) -> dict[str, Any]:
        """What was changed by hand in the form."""
        values = self.form.values()
        return {key: value for key, value in values.items() if value != self._shown.get(key)}

    def concerns(self, kind: str, ids: tuple[int, ...]) -> bool:
        """Listen to what is set up here, and to what it can name."""
        return kind in _CONCERNS

    def load(self) -> None:
        """Ask the desk; what is typed stays typed."""
        if not self._has_loaded:
            self.states.show_loading()
        job = self.desktop.background.latest(self, self.read)
        job.then(self._show).failed(self._on_not_loaded)

    def reveal(self, key: str) -> None:
        """Put the focus into a field of the form, or on the list."""
        row = self.form.rows().get(key)
        if self.opened is None or row is None:
            self.list.setFocus()
            return
        self.bring_into_view(row)
        self.form.focus(key)

    def add(self) -> None:
        """Begin a new record; what was typed for one before is still there."""
        self.open_record(NEW)

    def open_record(self, id_: int) -> None:
        """Show the form of a record, with what was typed before and is not saved yet."""
        self.opened = id_
        self._clear_banner()
        self._fill(self._draft(id_))
        self._show_page()
        self.form.focus(next(iter(self.form.rows())))

    def close_record(self) -> None:
        """Return to the list; what is typed and not saved is kept."""
        self.opened = None
        self._show_list()
        self._show_page()
        self.list.setFocus()

    def _build(self) -> None:
        self.list = RecordList(self.words.title, movable=self.movable)
        self.list.opened.connect(self.open_record)
        self.list.currentRowChanged.connect(lambda: self.show_buttons())
        self.add_button = QPushButton(f"Add {self.noun}")
        self.add_button.setProperty("kind", "primary")
        self.add_button.clicked.connect(lambda: self.add())
        self.head.addWidget(self.add_button)
        room = self.add_button.sizePolicy()
        room.setRetainSizeWhenHidden(True)
        self.add_button.setSizePolicy(room)
        self.edit_button = self._button("Edit" if self.may_change else "Show", self._on_edit)
        self.remove_button = self._button("Remove", self._on_remove)
        self._listing = QWidget()
        column = QVBoxLayout(self._listing)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addLayout(self._make_buttons())
        column.addWidget(self.list)
        self.back_button = QPushButton(f"All {self.words.title.lower()}")
        self.back_button.setProperty("kind", "link")
        self.back_button.setIcon(icon("left", "ink_accent"))
        self.back_button.clicked.connect(lambda: self.close_record())
        self._editing = QWidget()
        column = QVBoxLayout(self._editing)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(self.back_button, 0, Qt.AlignLeft)
        column.addWidget(self.form)
        self.body.addWidget(self._listing)
        self.body.addWidget(self._editing)
        self.body.addStretch(1)
        self.save_bar = SaveBar()
        self.save_bar.save_wanted.connect(self._on_save)
        self.save_bar.discard_wanted.connect(self._on_discard)
        self.foot.addWidget(self.save_bar)
        self.form.changed.connect(self._on_changed)
        if not self.may_change:
            self.form.lock()
        self._clear_banner()
        self._show_page()

    def _make_buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        for button in (self.edit_button, *self.buttons(), self.remove_button):
            row.addWidget(button)
            if not self.may_change and button is not self.edit_button:
                button.hide()
        row.addStretch(1)
        return row

    def _button(self, text: str, slot: Callable[[], object]) -> QPushButton:
        button = QPushButton(text)
        button.setEnabled(False)
        button.clicked.connect(lambda: slot())
        return button

    def _show(self, told: tuple[Any, ...]) -> None:
        self._has_loaded = True
        before = self.record
        records, *others = told
        self.records = {record.id: record for record in records}
        self.take(tuple(others))
        self._show_list()
        if self.opened:
            self._show_anew(before)
        self._show_page()

    def _show_anew(self, before: Any) -> None:
        now = self.record
        if now is None:
            self._keep_removed(before)
            return
        is_newer = before is not None and now.version != before.version
        edits = self.edits
        self._fill(edits)
        if is_newer and edits:
            self.banner.show_warning(
                f"Somebody else changed “{now.name}” in the meantime. What you changed"
                " stands over it; save to keep yours, or discard to keep theirs."
            )

    def _keep_removed(self, before: Any) -> None:
        """Close what somebody else removed; what was typed goes on as a new record."""
        edits = self.edits
        name = before.name if before is not None else self.noun
        if not edits:
            self.close_record()
            self.banner.show_warning(f"“{name}” was removed by somebody else.")
            return
        self.desktop.drafts.remove(self._place(self.opened or NEW))
        self.opened = NEW
        self._fill(self.form.values())
        self.banner.show_warning(
            f"“{name}” was removed by somebody else. What you typed is kept; saving adds it anew."
        )

    def _clear_banner(self) -> None:
        if self.may_change:
            self.banner.clear()
        else:
            self.banner.show_quiet(self.read_only)

    def _show_list(self) -> None:
        rows = []
        for record in self.records.values():
            row = self.row_of(record)
            if self._draft(record.id):
                row = row._replace(chips=(*row.chips, _UNSAVED))
            rows.append(row)
        self.list.show_rows(rows)
        self.show_buttons()

    def _show_page(self) -> None:
        is_editing = self.opened is not None
        self._editing.setVisible(is_editing)
        self._listing.setVisible(not is_editing)
        self.add_button.setVisible(self.may_change and not is_editing)
        if is_editing:
            self._show_changes()
        else:
            self.save_bar.hide()
        if is_editing or self.records:
            self.states.show_content()
        elif self._has_loaded:
            act = (f"Add {self.noun}", self.add) if self.may_change else (None, None)
            self.states.show_empty(f"No {self.words.title.lower()} yet", self.hint, *act)
            self.add_button.hide()

    def _fill(self, edits: Mapping[str, Any]) -> None:
        self.form.put(self.form.values_of(self.record))
        # A field may say a value in other words, which is no change by hand.
        self._shown = self.form.values()
        if edits:
            self.form.put({**self._shown, **edits})
        self._kept = json.dumps(self.edits) if self.edits else ""
        self._show_changes()

    def _show_changes(self) -> None:
        if self.may_change:
            self.save_bar.show_changes(len(self.edits), is_new=self.opened == NEW)
        else:
            self.save_bar.hide()

    def _place(self, id_: int) -> str:
        return f"{self.words.key}-{id_ or 'new'}"

    def _draft(self, id_: int) -> dict[str, Any]:
        if not self.may_change:
            return {}
        try:
            edits = json.loads(self.desktop.drafts.load(self._place(id_)).get("edits", ""))
        except ValueError:
            return {}
        return edits if isinstance(edits, dict) else {}

    def _on_changed(self) -> None:
        if self.opened is None:
            return
        self._show_changes()
        edits = self.edits
        text = json.dumps(edits) if edits else ""
        if text != self._kept:
            self._kept = text
            self.desktop.drafts.keep(self._place(self.opened), {"edits": text})

    def _on_edit(self) -> None:
        row = self.list.current
        if row is not None:
            self.open_record(row.id)

    def _on_discard(self) -> None:
        self.banner.clear()
        if self.opened is None:
            return
        id_, edits = self.opened, self.edits
        self.desktop.drafts.remove(self._place(id_))
        if id_ == NEW:
            self.close_record()
        else:
            self._fill({})
            self.form.focus(next(iter(self.form.rows())))
        if edits:
            Toast.say(self.window(), DISCARDED, "Undo", partial(self._undo, id_, edits), 20)

    def _undo(self, id_: int, edits: Mapping[str, Any]) -> None:
        """Put what was discarded over the record again."""
        if id_ == NEW or id_ in self.records:
            self.desktop.drafts.keep(self._place(id_), {"edits": json.dumps(edits)})
            self.open_record(id_)

    def _on_save(self) -> None:
        if self.opened is None:
            return
        settings = self.form.settings()
        if settings is None:
            return
        self.banner.clear()
        self._field = self.form.focusWidget()
        self.save_bar.set_saving(saving=True)
        self.form.setEnabled(False)
        call = self.save_call(self.record, settings)
        job = self.desktop.background.run(self, call)
        job.then(partial(self._on_saved, self.opened)).failed(self._on_not_saved)

    def _on_saved(self, id_: int, record: Any) -> None:
        self.form.setEnabled(True)
        self.desktop.drafts.remove(self._place(id_))
        self.records[record.id] = record
        if self.opened == id_:
            self.opened = record.id
            self._focus_again()
            self._fill({})
        self.said.emit(self.saved_words(record))
        self.load()

    def _focus_again(self) -> None:
        """Put the keyboard back into the form before the bar goes in which it is."""
        if not self.save_bar.holds_focus:
            return
        if self._field is not None and not sip.isdeleted(self._field):
            self._field.setFocus()
        else:
            self.form.focus(next(iter(self.form.rows())))

    def _on_not_saved(self, error: Exception) -> None:
        self.form.setEnabled(True)
        self._show_changes()
        if isinstance(error, (Conflict, NotFound)):
            # What somebody else did comes with it, and what was typed is put over that.
            self.load()
            return
        field = error.field if isinstance(error, DeskError) else None
        place = self.form.show_problem(field, sentence_of(error)) if field else None
        if place is None:
            self.banner.show_error(sentence_of(error))
        else:
            self.bring_into_view(place)

    def _on_remove(self) -> None:
        record = self.chosen
        if record is None:
            return
        question = Question(
            f"Remove this {self.noun}?",
            record.name,
            self.consequence(record),
            "Remove",
            "Keep it",
            self.window(),
        )
        question.agreed.connect(partial(self._remove, record))
        question.open()

    def _remove(self, record: Any) -> None:
        job = self.desktop.background.run(self, self.remove_call(record))
        job.then(lambda _: self._on_removed(record)).failed(self._on_act_failed)

    def _on_removed(self, record: Any) -> None:
        self.desktop.drafts.remove(self._place(record.id))
        self.records.pop(record.id, None)
        self.said.emit(f"{record.name} was removed.")
        self._show_list()
        self._show_page()
        self.load()

    def _on_act_failed(self, error: Exception) -> None:
        self.banner.show_error(sentence_of(error))
        self.load()

    def _on_not_loaded(self, error: Exception) -> None:
        if not self._has_loaded:
            self.states.show_failed(sentence_of(error), self.load)
        else:
            self.banner.show_error(sentence_of(error), "Retry", self.load)
