# SPDX-License-Identifier: GPL-3.0-or-later
"""The files under a message: a click saves one; nothing is ever opened, drawn or run here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PyQt5.QtCore import QSize, QStandardPaths, Qt
from PyQt5.QtGui import QKeyEvent, QPaintEvent
from PyQt5.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QStyle,
    QStyleOptionButton,
    QStylePainter,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from helpdesk.client.file_transfer import saving
from helpdesk.core.file_names import safe_name
from helpdesk.core.schemas.ticket_work import AttachmentView
from helpdesk.ui.attachments.transfer import Transfer
from helpdesk.ui.attachments.words import name_words, size_words
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.icons import icon
from helpdesk.ui.widgets.flow_layout import FlowLayout
from helpdesk.ui.widgets.plain_label import PlainLabel, plain_tooltip

_ICON = QSize(14, 14)
_LEAST_WIDTH = 180


class SavedFiles(QWidget):
    """A row of files, and below it what became of saving one."""

    def __init__(self, desktop: Desktop, parent: QWidget | None = None) -> None:
        """Begin empty."""
        super().__init__(parent)
        self._desktop = desktop
        self._shown: tuple[AttachmentView, ...] = ()
        self.buttons: list[SavedFile] = []
        self._flow = FlowLayout(6)
        row = QWidget()
        row.setLayout(self._flow)
        self.said = PlainLabel(role="muted")
        self.said.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(row)
        column.addWidget(self.said)

    def show_files(self, files: Sequence[AttachmentView]) -> None:
        """Show the files of another message, or of the same one again."""
        self.setVisible(bool(files))
        if tuple(files) == self._shown:
            return
        self._shown = tuple(files)
        self.said.hide()
        for button in self.buttons:
            button.stop()
            self._flow.removeWidget(button)
            button.hide()
            button.deleteLater()
        self.buttons = [self._button(file) for file in files]

    def _button(self, file: AttachmentView) -> SavedFile:
        button = SavedFile(self._desktop, file)
        button.saved.clicked.connect(partial(self._on_click, button))
        button.told = self._tell
        self._flow.addWidget(button)
        button.show()
        return button

    def _on_click(self, button: SavedFile) -> None:
        self.said.hide()
        button.ask_where()

    def _tell(self, sentence: str, is_error: bool) -> None:
        self.said.setProperty("role", "error" if is_error else "muted")
        self.said.style().unpolish(self.said)
        self.said.style().polish(self.said)
        self.said.setText(sentence)
        self.said.show()


class SavedFile(QFrame):
    """One file: a button that saves it, and while it does one that stops."""

    def __init__(self, desktop: Desktop, file: AttachmentView) -> None:
        """Show a file."""
        super().__init__()
        self._desktop = desktop
        self.file = file
        self._transfer: Transfer | None = None
        self.told: Callable[[str, bool], None] = lambda _sentence, _is_error: None
        """Told what became of saving it, and whether it failed."""
        self.saved = _FileButton()
        self.saved.setProperty("kind", "file")
        self.saved.setIcon(icon("download"))
        self.saved.setIconSize(_ICON)
        self.stop_button = QToolButton()
        self.stop_button.setIcon(icon("close"))
        self.stop_button.setIconSize(_ICON)
        self.stop_button.setAutoRaise(True)
        self.stop_button.setProperty("kind", "small")
        self.stop_button.setAccessibleName(f"Stop saving {file.name}")
        self.stop_button.setToolTip("Stop")
        self.stop_button.clicked.connect(self._on_stop)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        row.addWidget(self.saved)
        row.addWidget(self.stop_button)
        self._show_file()

    def ask_where(self) -> QFileDialog:
        """Ask where to save it."""
        folder = QStandardPaths.writableLocation(QStandardPaths.DownloadLocation)
        dialog = QFileDialog(self.window(), f"Save {name_words(self.file.name)}", folder)
        dialog.setAcceptMode(QFileDialog.AcceptSave)
        # Also a server of another version is not believed to have made it safe.
        dialog.selectFile(safe_name(self.file.name))
        dialog.fileSelected.connect(lambda chosen: self.save(Path(chosen)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
        return dialog

    def save(self, target: Path) -> None:
        """Save it as a file that is there whole or not at all."""
        self.stop()
        steps = saving(self._desktop.desk, self.file, target)
        self._transfer = Transfer(self._desktop.background, steps, self)
        self._transfer.progressed.connect(self._on_progress)
        self._transfer.ended.connect(lambda _: self._on_end(f"Saved as {target}", is_error=False))
        self._transfer.failed.connect(lambda error: self._on_end(sentence_of(error), is_error=True))
        self._show_state("0 %")
        self.stop_button.show()
        self._transfer.start()

    def stop(self) -> None:
        """Save it no further, if it is being saved."""
        if self._transfer is not None:
            self._transfer.stop()
            self._transfer = None

    def _on_stop(self) -> None:
        self.stop()
        self._show_file()
        self.saved.setFocus()
        self.told("It was stopped; no file was written.", False)

    def _on_progress(self, done: int, total: int) -> None:
        self._show_state(f"{100 * done // max(total, 1)} %")

    def _on_end(self, sentence: str, *, is_error: bool) -> None:
        if self._transfer is not None:
            self._transfer.deleteLater()
            self._transfer = None
        self._show_file()
        self.told(sentence, is_error)

    def _show_file(self) -> None:
        self.stop_button.hide()
        self._show_state(size_words(self.file.size))
        self.saved.setToolTip(plain_tooltip(f"Save {self.file.name}"))

    def _show_state(self, said: str) -> None:
        self.saved.show_file(name_words(self.file.name), said, self.file.name)
        self.saved.setAccessibleName(f"Save {self.file.name}, {said}")


class _FileButton(QPushButton):
    """A name that is cut in its middle where the room ends; Enter presses it as space does."""

    def __init__(self) -> None:
        """Begin without a file."""
        super().__init__()
        self._name = self._said = self._whole = ""
        self.setSizePolicy(QSizePolicy.Preferred, QSizePolicy.Fixed)

    def show_file(self, name: str, said: str, whole: str = "") -> None:
        """Show a name and what is said of the file; ``whole`` is one that is cut already."""
        self._name, self._said = name, f"  \N{MIDDLE DOT}  {said}"
        self._whole = whole or name
        self.setText(f"{name}{self._said}".replace("&", "&&"))

    def minimumSizeHint(self) -> QSize:
        """Return the room of the beginning and the end of a name."""
        whole = self.sizeHint()
        return QSize(min(whole.width(), _LEAST_WIDTH), whole.height())

    @property
    def shown_name(self) -> str:
        """As much of the name as there is room for, with one gap in it at most."""
        cut = self.sizeHint().width() - self.width()
        if cut <= 0:
            return self._name
        metrics = self.fontMetrics()
        room = metrics.horizontalAdvance(self._name) - cut
        return metrics.elidedText(self._whole, Qt.ElideMiddle, room)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint as much of the name as there is room for."""
        option = QStyleOptionButton()
        self.initStyleOption(option)
        option.text = f"{self.shown_name}{self._said}".replace("&", "&&")
        QStylePainter(self).drawControl(QStyle.CE_PushButton, option)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Press it."""
        if event.key() in (Qt.Key_Return, Qt.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)
