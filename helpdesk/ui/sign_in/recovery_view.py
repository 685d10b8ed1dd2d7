# SPDX-License-Identifier: GPL-3.0-or-later
"""Recovery codes, shown this once: to copy, to save, to print, and to say that they are kept."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PyQt5.QtCore import QStandardPaths, Qt, pyqtSignal
from PyQt5.QtGui import QTextDocument
from PyQt5.QtWidgets import (
    QApplication,
    QCheckBox,
    QFileDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from helpdesk.ui import theme
from helpdesk.ui.background import Background
from helpdesk.ui.icons import icon
from helpdesk.ui.sign_in.page import label
from helpdesk.ui.widgets.plain_label import PlainLabel

_KEEP = (
    "Each of these lets you sign in once without the app, such as when your phone is lost."
    " They are shown only now: keep them where nobody else finds them."
)
_KEPT = "I have kept them"
_COLUMNS = 2
_FILE = "Help Desk recovery codes.txt"
_OWNER_ONLY = 0o600


class RecoveryView(QWidget):
    """The codes, and three ways to keep them."""

    kept_changed = pyqtSignal(bool)
    """Whether the person says that they are kept."""

    def __init__(self, background: Background) -> None:
        """Write files on the threads of a background."""
        super().__init__()
        self._background = background
        self._codes: tuple[str, ...] = ()
        self._whose = ""
        self._frame = QFrame()
        self._frame.setProperty("kind", "row")
        self._grid = QGridLayout(self._frame)
        self._grid.setContentsMargins(16, 12, 16, 12)
        self._grid.setHorizontalSpacing(24)
        self._grid.setVerticalSpacing(8)
        self.copy_button = self._button("Copy", "copy", self._on_copy)
        self.save_button = self._button("Save as…", "save", self.ask_where)
        self.print_button = self._button("Print…", "article", self._on_print)
        self.said = label("secondary")
        self.said.hide()
        self.kept_box = QCheckBox(_KEPT)
        self.kept_box.toggled.connect(self.kept_changed)
        self._build()

    @property
    def text(self) -> str:
        """The codes as they are kept outside of the program."""
        whose = f"Help Desk: recovery codes of {self._whose}\n" if self._whose else ""
        return f"{whose}Each works once.\n\n" + "\n".join(self._codes) + "\n"

    def show_codes(self, codes: Sequence[str], whose: str) -> None:
        """Show the codes of somebody."""
        self.forget()
        self._codes, self._whose = tuple(codes), whose
        rows = -(-len(codes) // _COLUMNS)
        for place, code in enumerate(codes):
            shown = PlainLabel(code)
            shown.setFont(theme.current().font("mono"))
            shown.setWordWrap(False)
            self._grid.addWidget(shown, place % rows, place // rows, Qt.AlignHCenter)

    def forget(self) -> None:
        """Show them no more."""
        self._codes, self._whose = (), ""
        while self._grid.count():
            widget = self._grid.takeAt(0).widget()
            if isinstance(widget, QWidget):
                widget.hide()
                widget.deleteLater()
        self.kept_box.setChecked(False)
        self.said.hide()

    def ask_where(self) -> QFileDialog:
        """Ask where to keep them as a file."""
        folder = QStandardPaths.writableLocation(QStandardPaths.DocumentsLocation)
        dialog = QFileDialog(self, "Save recovery codes", folder, "Text (*.txt)")
        dialog.setAcceptMode(QFileDialog.AcceptSave)
        dialog.setDefaultSuffix("txt")
        dialog.selectFile(_FILE)
        dialog.fileSelected.connect(lambda chosen: self.save(Path(chosen)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
        return dialog

    def save(self, file: Path) -> None:
        """Keep them in a file that only its owner can read."""
        job = self._background.run(self, _write, file, self.text)
        job.then(lambda _: self._say(f"Saved as {file.name}."))
        job.failed(lambda error: self._say(_why_not_saved(file, error)), OSError)

    def _build(self) -> None:
        ways = QHBoxLayout()
        ways.setSpacing(8)
        for button in (self.copy_button, self.save_button, self.print_button):
            ways.addWidget(button)
        ways.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(label("muted", _KEEP))
        column.addWidget(self._frame)
        column.addLayout(ways)
        column.addWidget(self.said)
        column.addWidget(self.kept_box)

    def _say(self, sentence: str) -> None:
        self.said.setText(sentence)
        self.said.show()

    def _on_copy(self) -> None:
        clipboard = QApplication.clipboard()
        if clipboard is not None:
            clipboard.setText(self.text)
            self._say("Copied.")

    def _on_print(self) -> None:
        # Looking for printers takes a while, which nobody should wait for who does not print.
        from PyQt5.QtPrintSupport import QPrintDialog, QPrinter

        printer = QPrinter(QPrinter.HighResolution)
        printer.setDocName("Help Desk recovery codes")
        dialog = QPrintDialog(printer, self)
        dialog.setAttribute(Qt.WA_DeleteOnClose)
        dialog.accepted.connect(partial(self.print_to, printer))
        dialog.open()

    def print_to(self, printer: object) -> None:
        """Print them."""
        from PyQt5.QtPrintSupport import QPrinter

        if isinstance(printer, QPrinter):
            page = QTextDocument()
            page.setDefaultFont(theme.current().font("mono"))
            page.setPlainText(self.text)
            page.print(printer)
            self._say("Sent to the printer.")

    @staticmethod
    def _button(text: str, picture: str, slot: Callable[[], object]) -> QPushButton:
        button = QPushButton(text)
        button.setIcon(icon(picture))
        button.clicked.connect(lambda: slot())
        return button


def _write(file: Path, text: str) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _OWNER_ONLY)
    with os.fdopen(descriptor, "w", encoding="utf-8") as written:
        # One that was there before may have been readable by others.
        if hasattr(os, "fchmod"):
            os.fchmod(descriptor, _OWNER_ONLY)
        written.write(text)


def _why_not_saved(file: Path, error: Exception) -> str:
    reason = getattr(error, "strerror", None) or str(error)
    return f"{file.name} cannot be written ({reason}); choose another place."
