# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes reports and tickets into files: how far it is, a way to stop it, and where the file is."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any

from PyQt5.QtCore import QStandardPaths, QUrl, pyqtSignal
from PyQt5.QtGui import QDesktopServices
from PyQt5.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from helpdesk.client.desk_files import DeskFiles
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.schemas.audit import AuditQuery
from helpdesk.core.schemas.reports import FileFormat, Report
from helpdesk.core.schemas.tickets import TicketQuery
from helpdesk.ui.background import Background
from helpdesk.ui.desktop import sentence_of
from helpdesk.ui.widgets.banner import Banner
from helpdesk.ui.widgets.plain_label import PlainLabel
from helpdesk.ui.widgets.toast import Toast

_KINDS = {FileFormat.PDF: "PDF (*.pdf)", FileFormat.CSV: "CSV (*.csv)"}
_BAR, _STEPS = 200, 1000
_SURE_SECONDS = 1.0
"""Before so long, nobody can tell how long the rest will take."""


class Saving(QWidget):
    """Takes no room until something is written; one file at a time."""

    busy_changed = pyqtSignal(bool)

    def __init__(self, background: Background) -> None:
        """Write on the threads of a background."""
        super().__init__()
        self._background = background
        self._stop: threading.Event | None = None
        self._began = 0.0
        self._name, self._noun = "", "tickets"
        self._build()

    @property
    def is_busy(self) -> bool:
        """Whether a file is being written."""
        return self._stop is not None

    @property
    def words(self) -> str:
        """What is said of the file: how far it is, or how it ended."""
        return self._said.text() if self.is_busy else self.banner.text

    def ask(
        self, title: str, name: str, kind: FileFormat, save: Callable[[Path], object]
    ) -> QFileDialog:
        """Ask where to write a file, and call ``save`` with the place."""
        folder = QStandardPaths.writableLocation(QStandardPaths.DocumentsLocation)
        dialog = QFileDialog(self, title, folder, _KINDS[kind])
        dialog.setAcceptMode(QFileDialog.AcceptSave)
        dialog.setDefaultSuffix(kind.value)
        dialog.selectFile(f"{name}.{kind.value}")
        dialog.fileSelected.connect(lambda chosen: save(Path(chosen)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
        return dialog

    def save_report(
        self, desk: HelpDesk, report: Report, target: Path, kind: FileFormat, *, bom: bool = True
    ) -> None:
        """Write a report into a file."""
        self._start(target, _write_report, desk, report, target, kind, bom)
        self._progress.setRange(0, 0)

    def save_tickets(
        self, desk: HelpDesk, query: TicketQuery, target: Path, *, bom: bool = True
    ) -> None:
        """Write the tickets that match into a file, page by page."""
        self._write_rows("tickets", target, _write_tickets, desk, query, target, bom)

    def save_records(
        self, desk: HelpDesk, query: TicketQuery, target: Path, *, comments: bool
    ) -> None:
        """Write the tickets that match into a file of JSON, page by page."""
        self._write_rows("tickets", target, _write_records, desk, query, target, comments)

    def save_desk(
        self, files: DeskFiles, desk: HelpDesk, target: Path, *, with_passwords: bool
    ) -> None:
        """Write all of the desk into a file."""
        self._write_rows("rows", target, _write_desk, files, desk, target, with_passwords)

    def save_audit(self, desk: HelpDesk, query: AuditQuery, target: Path) -> None:
        """Write the entries of the audit log that match into a file, page by page."""
        self._write_rows("entries", target, _write_audit, desk, query, target)

    def stop(self) -> None:
        """Write no further; nothing of the file is left."""
        if self._stop is not None:
            self._stop.set()
            self._said.setText(f"Stopping {self._name}…")
            self._cancel.setEnabled(False)

    def _build(self) -> None:
        self._said = PlainLabel()
        self._said.setWordWrap(False)
        self._progress = QProgressBar()
        self._progress.setTextVisible(False)
        self._progress.setFixedWidth(_BAR)
        self._cancel = QPushButton("Cancel")
        self._cancel.setAccessibleName("Cancel the export")
        self._cancel.clicked.connect(self.stop)
        self._running = QFrame()
        self._running.setProperty("kind", "banner")
        row = QHBoxLayout(self._running)
        row.setContentsMargins(12, 7, 7, 7)
        row.setSpacing(12)
        row.addWidget(self._said, 1)
        row.addWidget(self._progress)
        row.addWidget(self._cancel)
        self._running.hide()
        self.banner = Banner()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._running)
        column.addWidget(self.banner)

    def _write_rows(self, noun: str, target: Path, write: Callable[..., object], *a: Any) -> None:
        if self.is_busy:
            return
        self._noun = noun
        self._start(target, write, *a, self._tell)
        self._progress.setRange(0, _STEPS)
        self._progress.setValue(0)

    def _start(self, target: Path, write: Callable[..., object], *args: Any) -> None:
        if self.is_busy:
            return
        self._stop, self._began, self._name = threading.Event(), monotonic(), target.name
        # Whatever way the window goes, what it was writing ends.
        self.destroyed.connect(self._stop.set)
        self.banner.clear()
        self._said.setText(f"Writing {self._name}…")
        self._progress.setAccessibleName(f"Writing {self._name}")
        self._cancel.setEnabled(True)
        self._running.show()
        self.busy_changed.emit(True)
        job = self._background.run(self, write, *args, self._stop.is_set)
        # What was written is told after the strip has gone, so that both never stand there.
        job.finally_(self._on_ended)
        job.then(lambda _: self._on_written(target)).failed(self._on_failed)

    def _tell(self, done: int, total: int) -> None:
        """Tell how far it is; called on the thread that writes."""
        self._background.post(partial(self._show_progress, self._stop, done, total))

    def _show_progress(self, stop: threading.Event | None, done: int, total: int) -> None:
        if stop is None or stop is not self._stop or stop.is_set() or not total:
            return
        self._progress.setValue(round(done / total * _STEPS))
        left = time_left_words(done, total, monotonic() - self._began)
        self._said.setText(f"Writing {self._name}: {done:,} of {total:,} {self._noun}{left}")

    def _on_ended(self) -> None:
        self._stop = None
        self._running.hide()
        self.busy_changed.emit(False)

    def _on_written(self, target: Path) -> None:
        self.banner.show_info(f"{target.name} was written.", "Open", partial(_open, target))
        self.banner.also_offer("Show in folder", partial(_open, target.parent))
        if not self.isVisible():
            # Whoever has gone on to another tab meanwhile is told there.
            said = f"{target.name} was written."
            Toast.say(self.window(), said, "Open", partial(_open, target))

    def _on_failed(self, error: Exception) -> None:
        # What writes files is loaded when one is written.
        from helpdesk.client.exports import Stopped

        if isinstance(error, Stopped):
            self.banner.show_info(sentence_of(error))
        else:
            self.banner.show_error(sentence_of(error))


def time_left_words(done: int, total: int, seconds: float) -> str:
    """Say about how long the rest takes, or nothing while that is not known."""
    if seconds < _SURE_SECONDS or not 0 < done < total:
        return ""
    left = seconds / done * (total - done)
    if left < 60:
        return f", about {max(1, round(left))} s left"
    return f", about {round(left / 60)} min left"


def _write_report(
    desk: HelpDesk,
    report: Report,
    target: Path,
    kind: FileFormat,
    bom: bool,
    is_stopped: Callable[[], bool],
) -> None:
    # What writes PDF takes long to load.
    from helpdesk.client.exports import note_report, save_report

    note_report(desk, report, kind)
    save_report(report, target, kind, bom=bom, is_stopped=is_stopped)


def _write_tickets(
    desk: HelpDesk,
    query: TicketQuery,
    target: Path,
    bom: bool,
    progress: Callable[[int, int], None],
    is_stopped: Callable[[], bool],
) -> None:
    from helpdesk.client.exports import export_tickets

    export_tickets(desk, query, target, bom=bom, progress=progress, is_stopped=is_stopped)


def _write_records(
    desk: HelpDesk,
    query: TicketQuery,
    target: Path,
    comments: bool,
    progress: Callable[[int, int], None],
    is_stopped: Callable[[], bool],
) -> None:
    from helpdesk.client.exports import export_records

    export_records(desk, query, target, comments=comments, progress=progress, is_stopped=is_stopped)


def _write_desk(
    files: DeskFiles,
    desk: HelpDesk,
    target: Path,
    with_passwords: bool,
    progress: Callable[[int, int], None],
    is_stopped: Callable[[], bool],
) -> None:
    files.export(
        desk, target, with_passwords=with_passwords, progress=progress, is_stopped=is_stopped
    )


def _write_audit(
    desk: HelpDesk,
    query: AuditQuery,
    target: Path,
    progress: Callable[[int, int], None],
    is_stopped: Callable[[], bool],
) -> None:
    from helpdesk.client.exports import export_audit

    export_audit(desk, query, target, progress=progress, is_stopped=is_stopped)


def _open(place: Path) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(place)))
