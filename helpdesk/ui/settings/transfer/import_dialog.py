# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes tickets in from a file: say what it is, look, import, and see what was left out."""

from __future__ import annotations

import threading
from functools import partial
from pathlib import Path
from time import monotonic

from PyQt5.QtCore import QStandardPaths, Qt
from PyQt5.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from helpdesk.client.ticket_imports import Loaded, save_problems
from helpdesk.client.ticket_sources import (
    CSV,
    JSON,
    KINDS,
    Examples,
    Order,
    looked_at,
    run,
    source_of,
)
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.reports.saving import time_left_words
from helpdesk.ui.settings.transfer.columns_form import ColumnsForm
from helpdesk.ui.settings.transfer.import_report import ImportReport
from helpdesk.ui.widgets.dialog import Dialog
from helpdesk.ui.widgets.drop_down import DropDown
from helpdesk.ui.widgets.field_label import FieldLabel
from helpdesk.ui.widgets.plain_label import PlainLabel

_SIZE = (900, 660)
_STEPS = 1000
_FILE, _PREVIEW, _RESULT = range(3)
_TITLES = ("Import tickets", "What would be imported", "Done")
_EXPLAINED = (
    "Tickets keep their times, nobody is told of them, and each is imported once however often you"
    " do it. Nothing is changed before you have seen what would be."
)
_KNOWN_ONLY = "Refuse tickets of people without an account; else they get a deactivated one"
_SOURCE = (
    "Small letters and digits. Tickets are known by it and their numbers: name all files of one"
    " system alike, and those of another one otherwise."
)
_ON_SERVER = (
    "Other help desks' exports are imported on the server: helpdesk import tickets --from SYSTEM"
    " FILE."
)


class TicketImportDialog(Dialog):
    """Goes from the file to the result; closing it stops what runs, and what is done stays."""

    def __init__(self, desktop: Desktop, parent: QWidget) -> None:
        """Begin without a file."""
        super().__init__(parent)
        self._desktop = desktop
        self._path: Path | None = None
        self._stop = threading.Event()
        self._is_running = False
        self._began, self._total = 0.0, 0
        self._loaded = Loaded()
        self.setAttribute(Qt.WA_DeleteOnClose)
        self.setWindowTitle("Import tickets")
        self.resize(*_SIZE)
        self.destroyed.connect(self._stop.set)
        self._build()
        self._show_page(_FILE)

    def read(self, path: Path) -> None:
        """Look at a file, or a folder."""
        self._error.hide()
        self._path = path
        self._name.setText(path.name)
        self.source.setText(source_of(str(self.kind.key), path))
        self.columns.hide()
        if self.kind.key == CSV:
            self._path = None
            self._name.setText(f"Reading {path.name}…")
            job = self._desktop.background.run(self, looked_at, path)
            job.then(partial(self._show_columns, path)).failed(self._on_not_read, OSError)
        self._show_buttons()

    # --- how it looks -------------------------------------------------------------------------

    def _build(self) -> None:
        self._title = PlainLabel(role="title")
        self._pages = QStackedWidget()
        self.preview, self.outcome = ImportReport(), ImportReport()
        for page in (self._file_page(), self.preview, self.outcome):
            self._pages.addWidget(page)
        self._error = PlainLabel(role="error")
        self._said = PlainLabel(role="muted")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 16)
        column.setSpacing(10)
        column.addWidget(self._title)
        column.addWidget(self._pages, 1)
        column.addWidget(self._error)
        column.addWidget(self._bar)
        column.addLayout(self._foot())

    def _file_page(self) -> QWidget:
        is_here = self._desktop.files is not None
        self.kind = DropDown()
        kinds = [(key, name) for key, name in KINDS.items() if is_here or key in (CSV, JSON)]
        self.kind.set_choices(kinds)
        self.kind.set_key(CSV)
        self.kind.currentIndexChanged.connect(self._on_kind)
        self.source = QLineEdit(CSV)
        self.source.setMaxLength(40)
        self.source.setToolTip(_SOURCE)
        self.choose_button = QPushButton("Choose a file…")
        self.choose_button.clicked.connect(self._on_choose)
        self.choose_button.setAutoDefault(False)
        self._name = PlainLabel("No file is chosen.", role="muted")
        self.columns = ColumnsForm()
        self.columns.hide()
        self.known_only = QCheckBox(_KNOWN_ONLY)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addWidget(PlainLabel(_EXPLAINED, role="muted"))
        for label, widget in (("From", self.kind), ("Called", self.source)):
            row = QHBoxLayout()
            name = FieldLabel(label, widget)
            name.setMinimumWidth(70)
            row.addWidget(name)
            row.addWidget(widget)
            row.addStretch(1)
            column.addLayout(row)
        if not is_here:
            column.addWidget(PlainLabel(_ON_SERVER, role="muted"))
        chosen = QHBoxLayout()
        chosen.addWidget(self.choose_button)
        chosen.addWidget(self._name, 1)
        column.addLayout(chosen)
        column.addWidget(self.columns)
        column.addWidget(self.known_only)
        column.addStretch(1)
        return page

    def _foot(self) -> QHBoxLayout:
        self.back_button = QPushButton("Back")
        self.back_button.clicked.connect(lambda: self._show_page(_FILE))
        self.save_button = QPushButton("Save problems…")
        self.save_button.clicked.connect(self._on_save)
        self.close_button = QPushButton("Cancel")
        self.close_button.clicked.connect(self.reject)
        self.next_button = QPushButton()
        self.next_button.setProperty("kind", "primary")
        self.next_button.clicked.connect(self._on_next)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self._said, 1)
        for button in (self.back_button, self.save_button, self.close_button, self.next_button):
            button.setAutoDefault(button is self.next_button)
            foot.addWidget(button)
        return foot

    def _show_page(self, page: int) -> None:
        self._pages.setCurrentIndex(page)
        self._title.setText(_TITLES[page])
        self._error.hide()
        self._said.setText("")
        self._show_buttons()

    def _show_buttons(self) -> None:
        page, running = self._pages.currentIndex(), self._is_running
        self.back_button.setVisible(page == _PREVIEW)
        self.back_button.setEnabled(not running)
        self.save_button.setVisible(page != _FILE and bool(self._loaded.problems))
        self.next_button.setVisible(page != _RESULT)
        done = "Done" if page == _RESULT else "Cancel"
        self.close_button.setText("Stop" if running else done)
        if page == _FILE:
            self.next_button.setText("Preview")
            self.next_button.setEnabled(self._path is not None and not running)
        else:
            count = self._loaded.added
            noun = "ticket" if count == 1 else "tickets"
            self.next_button.setText(f"Import {count:,} {noun}" if count else "Import")
            self.next_button.setEnabled(bool(count) and not running)

    # --- the file -----------------------------------------------------------------------------

    def _on_kind(self) -> None:
        self._path = None
        self._name.setText("No file is chosen.")
        self.columns.hide()
        self.source.setText(str(self.kind.key))
        self._show_buttons()

    def _on_choose(self) -> None:
        folder = QStandardPaths.writableLocation(QStandardPaths.DocumentsLocation)
        kinds = {CSV: "CSV files (*.csv *.tsv *.txt)", JSON: "JSON files (*.json *.jsonl)"}
        shown = kinds.get(str(self.kind.key), "Exports (*.zip *.sql *.gz *.json *.csv)")
        dialog = QFileDialog(self, "Import tickets", folder, f"{shown};;All files (*)")
        dialog.setFileMode(QFileDialog.ExistingFile)
        dialog.fileSelected.connect(lambda chosen: self.read(Path(chosen)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _show_columns(self, path: Path, examples: Examples) -> None:
        self._path = path
        self._name.setText(path.name)
        self.columns.show_file(examples)
        self.columns.show()
        self._show_buttons()
        self.next_button.setFocus()

    def _on_not_read(self, error: Exception) -> None:
        self._name.setText("No file is chosen.")
        said = f"The file cannot be read: {error}." if isinstance(error, OSError) else ""
        self._show_error(said or sentence_of(error))
        self._show_buttons()

    # --- looking and doing --------------------------------------------------------------------

    def _on_next(self) -> None:
        if self._path is None or self._is_running:
            return
        trial = self._pages.currentIndex() == _FILE
        order = Order(
            kind=str(self.kind.key),
            path=self._path,
            source=self.source.text().strip(),
            mapping=self.columns.mapping() if self.kind.key == CSV else {},
            known_only=self.known_only.isChecked(),
            trial=trial,
            total=0 if trial else self._total,
        )
        self._error.hide()
        self._stop.clear()
        self._is_running, self._began = True, monotonic()
        self._bar.setRange(0, 0 if trial else _STEPS)
        self._bar.setValue(0)
        self._bar.show()
        self._said.setText("Looking…" if trial else "Importing…")
        self._show_buttons()
        job = self._desktop.background.run(
            self, run, self._desktop.desk, order, self._tell, self._stop.is_set
        )
        job.finally_(self._on_ended)
        job.then(self._on_tried if trial else self._on_imported).failed(self._on_failed, OSError)

    def _tell(self, done: int, total: int) -> None:
        """Tell how far it is; called on the thread that works."""
        self._desktop.background.post(partial(self._show_progress, done, total))

    def _show_progress(self, done: int, total: int) -> None:
        if not self._is_running:
            return
        if not total:
            self._said.setText(f"{done:,} tickets looked at")
            return
        self._bar.setValue(round(min(done / total, 1) * _STEPS))
        left = time_left_words(done, total, monotonic() - self._began)
        self._said.setText(f"{done:,} of {total:,} tickets{left}")

    def _on_ended(self) -> None:
        self._is_running = False
        self._bar.hide()
        self._said.setText("")

    def _on_tried(self, tried: Loaded) -> None:
        if tried.error is not None or tried.stopped:
            self._show_page(_FILE)
            if tried.error is not None:
                self._show_error(sentence_of(tried.error))
            return
        self._loaded, self._total = tried, tried.tickets
        self.preview.show_loaded(tried, trial=True)
        self._show_page(_PREVIEW)
        self.next_button.setFocus()

    def _on_imported(self, done: Loaded) -> None:
        self._loaded = done
        self.outcome.show_loaded(done, trial=False)
        self._show_page(_RESULT)
        if done.error is not None:
            self._show_error(f"It broke off after these tickets: {sentence_of(done.error)}")
        elif done.stopped:
            self._said.setText("Stopped; what was imported stays, and a next import goes on.")
        self.close_button.setFocus()

    def _on_failed(self, error: Exception) -> None:
        self._show_buttons()
        self._on_not_read(error)

    def _show_error(self, sentence: str) -> None:
        self._error.setText(sentence)
        self._error.show()

    # --- problems -----------------------------------------------------------------------------

    def _on_save(self) -> None:
        folder = QStandardPaths.writableLocation(QStandardPaths.DocumentsLocation)
        dialog = QFileDialog(self, "Save the problems", folder, "CSV files (*.csv)")
        dialog.setAcceptMode(QFileDialog.AcceptSave)
        dialog.setDefaultSuffix("csv")
        dialog.selectFile("problems.csv")
        dialog.fileSelected.connect(lambda chosen: self.save(Path(chosen)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def save(self, target: Path) -> None:
        """Write the problems into a file."""
        job = self._desktop.background.run(self, save_problems, self._loaded.problems, target)
        job.then(lambda _: self._said.setText(f"{target.name} was written.")).failed(
            lambda error: self._show_error(sentence_of(error))
        )

    def reject(self) -> None:
        """Stop what runs; else go."""
        if self._is_running:
            self._stop.set()
            self._said.setText("Stopping…")
            return
        super().reject()
