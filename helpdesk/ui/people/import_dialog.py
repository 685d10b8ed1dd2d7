# SPDX-License-Identifier: GPL-3.0-or-later
"""Brings people in from a file: choose it, say what its columns are, look, import, hand out."""

from __future__ import annotations

import threading
from functools import partial
from pathlib import Path
from time import monotonic

from PyQt5.QtCore import QStandardPaths, Qt, pyqtSignal
from PyQt5.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from helpdesk.client.user_imports import (
    FIELDS,
    Imported,
    PeopleFile,
    Wanted,
    examples_of,
    guessed,
    import_people,
    read_people,
    save_outcome,
)
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.people.import_result import ImportResult
from helpdesk.ui.reports.saving import time_left_words
from helpdesk.ui.widgets.dialog import Dialog
from helpdesk.ui.widgets.drop_down import DropDown
from helpdesk.ui.widgets.field_label import FieldLabel
from helpdesk.ui.widgets.plain_label import PlainLabel
from helpdesk.ui.widgets.question import Question

_SIZE = (860, 600)
_STEPS = 1000
_COLUMNS, _PREVIEW, _RESULT = range(3)
_TITLES = {
    "username": "User name",
    "full_name": "Full name",
    "email": "E-mail",
    "role": "Role",
    "teams": "Teams",
}
_NONE = {
    "username": "Choose a column",
    "full_name": "Choose a column",
    "email": "None",
    "role": "None: everybody is a User",
    "teams": "None",
}
_EXPLAINED = (
    "A CSV file with a header row, as any spreadsheet or directory writes it. It needs a user name"
    " and a name for each person; roles are User, Technician, Manager and Admin, teams are parted"
    " by semicolons. Nothing is changed before you have seen what would be."
)
_UPDATES = "Also change people who are here already; blank cells leave what they have"
_ADMINS = "Let this file make admins, who may do everything"
_LOSES = (
    "The one-time passwords of who was added are not shown again.",
    "You can still give each of them a new one, one by one.",
)


class ImportDialog(Dialog):
    """Goes from the file to the passwords, and keeps these until they are saved or given up."""

    imported = pyqtSignal()
    """People were added or changed."""

    def __init__(self, desktop: Desktop, parent: QWidget) -> None:
        """Begin without a file."""
        super().__init__(parent)
        self._desktop = desktop
        self._file: PeopleFile | None = None
        self._stop = threading.Event()
        self._is_running = False
        self._began = 0.0
        self._done: Imported | None = None
        self._is_saved = False
        self.setAttribute(Qt.WA_DeleteOnClose)
        self.setWindowTitle("Import people")
        self.resize(*_SIZE)
        self.destroyed.connect(self._stop.set)
        self._build()
        self._show_page(_COLUMNS)

    def read(self, path: Path) -> None:
        """Read a file and guess its columns."""
        self._error.hide()
        self.choose_button.setEnabled(False)
        self._name.setText(f"Reading {path.name}…")
        job = self._desktop.background.run(self, read_people, path)
        job.finally_(lambda: self.choose_button.setEnabled(True))
        job.then(self._show_file).failed(self._on_not_read, OSError)

    # --- how it looks -------------------------------------------------------------------------

    def _build(self) -> None:
        self._title = QLabel()
        self._title.setProperty("role", "title")
        self._pages = QStackedWidget()
        self._pages.addWidget(self._columns_page())
        self.preview = ImportResult()
        self.outcome = ImportResult()
        self._pages.addWidget(self.preview)
        self._pages.addWidget(self.outcome)
        self._error = PlainLabel(role="error")
        self._error.hide()
        self._said = PlainLabel(role="muted")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setRange(0, _STEPS)
        self._bar.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 16)
        column.setSpacing(10)
        column.addWidget(self._title)
        column.addWidget(self._pages, 1)
        column.addWidget(self._error)
        column.addWidget(self._bar)
        column.addLayout(self._foot())

    def _columns_page(self) -> QWidget:
        self.choose_button = QPushButton("Choose a file…")
        self.choose_button.setAutoDefault(False)
        self.choose_button.clicked.connect(self._on_choose)
        self._name = PlainLabel("No file is chosen.", role="muted")
        chosen = QHBoxLayout()
        chosen.setSpacing(10)
        chosen.addWidget(self.choose_button)
        chosen.addWidget(self._name, 1)
        self.fields = {field: DropDown() for field in FIELDS}
        self._form = QWidget()
        grid = QGridLayout(self._form)
        grid.setContentsMargins(0, 6, 0, 0)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(2, 1)
        self._examples: dict[str, PlainLabel] = {}
        for row, (field, drop) in enumerate(self.fields.items()):
            drop.setMinimumContentsLength(18)
            drop.currentIndexChanged.connect(self._show_examples)
            example = self._examples[field] = PlainLabel(role="muted", max_lines=1)
            grid.addWidget(FieldLabel(_TITLES[field], drop), row, 0)
            grid.addWidget(drop, row, 1)
            grid.addWidget(example, row, 2)
        self.updates = QCheckBox(_UPDATES)
        self.admins = QCheckBox(_ADMINS)
        self._form.hide()
        for box in (self.updates, self.admins):
            box.hide()
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addWidget(PlainLabel(_EXPLAINED, role="muted"))
        column.addLayout(chosen)
        column.addWidget(self._form)
        column.addWidget(self.updates)
        column.addWidget(self.admins)
        column.addStretch(1)
        return page

    def _foot(self) -> QHBoxLayout:
        self.back_button = QPushButton("Back")
        self.back_button.clicked.connect(lambda: self._show_page(_COLUMNS))
        self.save_button = QPushButton("Save as CSV…")
        self.save_button.clicked.connect(self._on_save)
        self.close_button = QPushButton("Cancel")
        self.close_button.clicked.connect(self.reject)
        self.next_button = QPushButton()
        self.next_button.setProperty("kind", "primary")
        self.next_button.clicked.connect(self._on_next)
        for button in (self.back_button, self.save_button, self.close_button):
            button.setAutoDefault(False)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self._said, 1)
        for button in (self.back_button, self.save_button, self.close_button, self.next_button):
            foot.addWidget(button)
        return foot

    def _show_page(self, page: int) -> None:
        self._pages.setCurrentIndex(page)
        self._title.setText(("Import people", "What would become of them", "Done")[page])
        self._error.hide()
        self._said.setText("")
        self._show_buttons()

    def _show_buttons(self) -> None:
        page = self._pages.currentIndex()
        running = self._is_running
        self.back_button.setVisible(page == _PREVIEW)
        self.back_button.setEnabled(not running)
        has_passwords = self._done is not None and self._done.has_passwords
        self.save_button.setVisible(page == _RESULT and has_passwords)
        self.next_button.setVisible(page != _RESULT)
        self.next_button.setDefault(page != _RESULT)
        self.close_button.setText("Done" if page == _RESULT else "Cancel")
        if page == _COLUMNS:
            self.next_button.setText("Preview")
            self.next_button.setEnabled(self._file is not None and not running)
        else:
            count = self.preview.to_do
            noun = "person" if count == 1 else "people"
            self.next_button.setText(f"Import {count:,} {noun}" if count else "Import")
            self.next_button.setEnabled(bool(count) and not running)

    # --- the file and its columns -------------------------------------------------------------

    def _on_choose(self) -> None:
        folder = QStandardPaths.writableLocation(QStandardPaths.DocumentsLocation)
        kinds = "CSV files (*.csv *.tsv *.txt);;All files (*)"
        dialog = QFileDialog(self, "Import people", folder, kinds)
        dialog.setFileMode(QFileDialog.ExistingFile)
        dialog.fileSelected.connect(lambda chosen: self.read(Path(chosen)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _show_file(self, file: PeopleFile) -> None:
        self._file = file
        count = len(file.rows)
        self._name.setText(f"{file.name}: {count:,} line{'' if count == 1 else 's'}")
        found = guessed(file.header)
        for field, drop in self.fields.items():
            choices: list[tuple[object, str]] = [("", _NONE[field])]
            choices += [(name, name) for name in dict.fromkeys(file.header) if name]
            guess = found.get(field, "")
            if guess.startswith("{"):
                choices.append((guess, guess.strip("{}").replace("} {", " + ")))
            drop.set_choices(choices)
            drop.set_key(guess)
        for shown in (self._form, self.updates, self.admins):
            shown.show()
        self._show_examples()
        self._show_buttons()
        self.next_button.setFocus()

    def _show_examples(self) -> None:
        if self._file is None:
            return
        told = examples_of(self._file, {field: self._source(field) for field in self.fields})
        for field, label in self._examples.items():
            label.setText(", ".join(told.get(field, ())))

    def _source(self, field: str) -> str:
        return str(self.fields[field].key or "")

    def _on_not_read(self, error: Exception) -> None:
        self._name.setText("No file is chosen.")
        self._file = None
        said = f"The file cannot be read: {error}." if isinstance(error, OSError) else ""
        self._show_error(said or sentence_of(error).partition(", such as --encoding")[0])
        self._show_buttons()

    # --- looking and doing --------------------------------------------------------------------

    def _on_next(self) -> None:
        self._run(trial=self._pages.currentIndex() == _COLUMNS)

    def _run(self, *, trial: bool) -> None:
        if self._file is None or self._is_running:
            return
        self._error.hide()
        self._stop.clear()
        self._is_running, self._began = True, monotonic()
        self._bar.setValue(0)
        self._bar.show()
        self._said.setText("Looking…" if trial else "Importing…")
        self.close_button.setText("Stop")
        wanted = Wanted(
            trial=trial, updates=self.updates.isChecked(), admins=self.admins.isChecked()
        )
        mapping = {field: self._source(field) for field in self.fields}
        job = self._desktop.background.run(
            self,
            import_people,
            self._desktop.desk,
            self._file,
            mapping,
            wanted,
            progress=self._tell,
            is_stopped=self._stop.is_set,
        )
        self._show_buttons()
        self.close_button.setText("Stop")
        job.finally_(self._on_ended)
        job.then(self._on_tried if trial else self._on_imported).failed(self._on_failed)

    def _tell(self, done: int, total: int) -> None:
        """Tell how far it is; called on the thread that works."""
        self._desktop.background.post(partial(self._show_progress, done, total))

    def _show_progress(self, done: int, total: int) -> None:
        if self._is_running and total:
            self._bar.setValue(round(done / total * _STEPS))
            left = time_left_words(done, total, monotonic() - self._began)
            self._said.setText(f"{done:,} of {total:,} lines{left}")

    def _on_ended(self) -> None:
        self._is_running = False
        self._bar.hide()
        self._said.setText("")

    def _on_tried(self, tried: Imported) -> None:
        if tried.error is not None or tried.stopped:
            self._show_page(_COLUMNS)
            if tried.error is not None:
                self._show_error(sentence_of(tried.error))
            return
        self.preview.show_lines(tried, trial=True)
        self._show_page(_PREVIEW)
        self.next_button.setFocus()

    def _on_imported(self, done: Imported) -> None:
        self._done = done
        self.outcome.show_lines(done, trial=False)
        self._show_page(_RESULT)
        if done.error is not None:
            self._show_error(f"It broke off after these lines: {sentence_of(done.error)}")
        elif done.stopped:
            self._said.setText("Stopped; the other lines were left out.")
        (self.save_button if done.has_passwords else self.close_button).setFocus()
        self.imported.emit()

    def _on_failed(self, error: Exception) -> None:
        self._show_buttons()
        self._show_error(sentence_of(error))

    def _show_error(self, sentence: str) -> None:
        self._error.setText(sentence)
        self._error.show()

    # --- handing out --------------------------------------------------------------------------

    def _on_save(self) -> None:
        folder = QStandardPaths.writableLocation(QStandardPaths.DocumentsLocation)
        dialog = QFileDialog(self, "Save the one-time passwords", folder, "CSV files (*.csv)")
        dialog.setAcceptMode(QFileDialog.AcceptSave)
        dialog.setDefaultSuffix("csv")
        dialog.selectFile("one-time-passwords.csv")
        dialog.fileSelected.connect(lambda chosen: self.save(Path(chosen)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def save(self, target: Path) -> None:
        """Write what became of each line, with the passwords, into a file."""
        if self._done is None:
            return
        job = self._desktop.background.run(self, save_outcome, self._done.lines, target)
        job.then(lambda _: self._on_written(target)).failed(
            lambda error: self._show_error(sentence_of(error))
        )

    def _on_written(self, target: Path) -> None:
        self._is_saved = True
        self._error.hide()
        self._said.setText(f"{target.name} was written. Delete it once the passwords are given.")

    def reject(self) -> None:
        """Stop what runs; ask before passwords are lost that nobody has saved."""
        if self._is_running:
            self._stop.set()
            self._said.setText("Stopping…")
            return
        if self._done is not None and self._done.has_passwords and not self._is_saved:
            question = Question("Close without saving?", *_LOSES, "Close", "Keep them", self)
            question.agreed.connect(super().reject)
            question.open()
            return
        super().reject()
