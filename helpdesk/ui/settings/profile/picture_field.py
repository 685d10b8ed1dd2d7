# SPDX-License-Identifier: GPL-3.0-or-later
"""Where somebody shows a picture of themselves: dropped, pasted or chosen, and taken away."""

from __future__ import annotations

from pathlib import Path

from PyQt5.QtCore import QMimeData, Qt, pyqtSignal
from PyQt5.QtGui import QDragEnterEvent, QDropEvent, QImage, QKeyEvent, QKeySequence
from PyQt5.QtWidgets import (
    QApplication,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QPushButton,
    QVBoxLayout,
)

from helpdesk.core.schemas.accounts import NewPicture
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.pictures import SUFFIXES, kept_picture, picture_of_file
from helpdesk.ui.settings.words import PROFILE
from helpdesk.ui.widgets.avatar import Avatar
from helpdesk.ui.widgets.plain_label import PlainLabel

_SIDE = 96
_FILTER = f"Pictures ({' '.join(f'*.{suffix}' for suffix in SUFFIXES)})"
_NOTHING = "The clipboard holds no picture; copy one first."
_HELP = "PNG or JPEG; drop a file here, or paste a picture with Ctrl+V."


class PictureField(QFrame):
    """The circle as others see it, and the ways to another; what is chosen is kept at once."""

    said = pyqtSignal(str)
    changed = pyqtSignal()
    """The desk has another picture, or none."""

    def __init__(self, desktop: Desktop) -> None:
        """Begin with the initials."""
        super().__init__()
        self._desktop = desktop
        self.avatar = Avatar(desktop.person.full_name, _SIDE)
        self.choose_button = QPushButton("Choose a file…")
        self.choose_button.clicked.connect(self._on_choose)
        self.paste_button = QPushButton("Paste")
        self.paste_button.clicked.connect(self.paste)
        self.remove_button = QPushButton("Remove")
        self.remove_button.setProperty("kind", "danger")
        self.remove_button.clicked.connect(self._on_remove)
        self._error = PlainLabel(role="error")
        self._error.hide()
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        for button in (self.choose_button, self.paste_button, self.remove_button):
            button.setAccessibleDescription(PROFILE.setting("picture").help)
            buttons.addWidget(button)
        buttons.addStretch(1)
        words = QVBoxLayout()
        words.setSpacing(8)
        words.addStretch(1)
        words.addLayout(buttons)
        words.addWidget(PlainLabel(_HELP, role="secondary"))
        words.addWidget(self._error)
        words.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 12, 12, 12)
        row.setSpacing(16)
        row.addWidget(self.avatar)
        row.addLayout(words, 1)
        self.setProperty("kind", "drop")
        self.setAcceptDrops(True)
        person = desktop.person.id
        desktop.pictures.show(desktop, person, self.avatar, self._show_picture)

    @property
    def error(self) -> str:
        """What was wrong with the last picture, empty where nothing was."""
        return "" if self._error.isHidden() else str(self._error.text())

    def paste(self) -> None:
        """Take the picture that was copied."""
        self._take(QApplication.clipboard().mimeData(), _NOTHING)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Paste with the keys for it; buttons pass on what they do not need."""
        if event.matches(QKeySequence.Paste):
            self.paste()
        else:
            super().keyPressEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take a file or a picture out of another program."""
        data = event.mimeData()
        if data.hasImage() or any(url.isLocalFile() for url in data.urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Take what was dropped."""
        event.acceptProposedAction()
        self._take(event.mimeData(), _NOTHING)

    def _take(self, data: QMimeData, otherwise: str) -> None:
        files = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
        if files:
            self._prepare_file(files[0])
        elif data.hasImage():
            picture = QImage(data.imageData())
            job = self._desktop.background.run(self, kept_picture, picture)
            self._busy()
            job.then(self._send).failed(self._on_failed)
        else:
            self._show_error(otherwise)

    def _prepare_file(self, path: Path) -> None:
        self._busy()
        job = self._desktop.background.run(self, picture_of_file, path)
        job.then(self._send).failed(self._on_failed)

    def _send(self, data: str) -> None:
        set_picture = self._desktop.desk.profiles.set_picture
        job = self._desktop.background.run(self, set_picture, NewPicture(data=data))
        job.then(lambda _: self._on_kept(has_picture=bool(data))).failed(self._on_failed)

    def _on_choose(self) -> None:
        dialog = QFileDialog(self, "Choose a picture", "", _FILTER)
        dialog.setFileMode(QFileDialog.ExistingFile)
        dialog.fileSelected.connect(lambda name: self._prepare_file(Path(name)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _on_remove(self) -> None:
        self._busy()
        self._send("")

    def _on_kept(self, *, has_picture: bool) -> None:
        self._set_enabled(enabled=True)
        if not has_picture:
            self.choose_button.setFocus()
        said = "Your picture is shown to everybody." if has_picture else "Your picture was removed."
        self.said.emit(said)
        self.changed.emit()

    def _on_failed(self, error: Exception) -> None:
        self._set_enabled(enabled=True)
        self._show_error(sentence_of(error))

    def _show_picture(self, picture: QImage | None) -> None:
        self.avatar.set_picture(picture)
        self.remove_button.setVisible(picture is not None)

    def _show_error(self, sentence: str) -> None:
        self._error.setText(sentence)
        self._error.setVisible(bool(sentence))

    def _busy(self) -> None:
        self._show_error("")
        self._set_enabled(enabled=False)

    def _set_enabled(self, *, enabled: bool) -> None:
        if not enabled and any(b.hasFocus() for b in (self.paste_button, self.remove_button)):
            # Switched off with the focus it would give it to anything that comes next.
            self.setFocus(Qt.OtherFocusReason)
        for button in (self.choose_button, self.paste_button, self.remove_button):
            button.setEnabled(enabled)
