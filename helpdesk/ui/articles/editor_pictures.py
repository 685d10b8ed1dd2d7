# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes pictures from the clipboard or from files to the desk, for the article that is written."""

from __future__ import annotations

from collections import Counter
from functools import partial
from pathlib import Path
from typing import NamedTuple

from PyQt5.QtCore import QObject, Qt, pyqtSignal
from PyQt5.QtGui import QImage, QTextCursor
from PyQt5.QtWidgets import QFileDialog, QWidget

from helpdesk.core.schemas.articles import ImageRef, NewImage
from helpdesk.ui.articles.picture_upload import Picture, prepared
from helpdesk.ui.desktop import Desktop, sentence_of

_FILES = "Pictures (*.png *.jpg *.jpeg *.gif *.webp *.bmp)"


class ShownPicture(NamedTuple):
    """How a text shows a stored picture, in which words, and what was done to it, if anything."""

    markdown: str
    words: str
    notice: str


class EditorPictures(QObject):
    """Each picture is made ready and stored off the main thread."""

    chosen = pyqtSignal(list)
    """The paths of files that the person chose."""
    stored = pyqtSignal(int, object, object)
    """The id of the article, the ``QTextCursor`` where it belongs, and the ``ShownPicture``."""
    failed = pyqtSignal(str)
    """One sentence: why a picture was not taken."""

    def __init__(self, desktop: Desktop, editor: QWidget) -> None:
        """Work for an editor."""
        super().__init__(editor)
        self._desktop = desktop
        self._editor = editor
        self._coming: Counter[int] = Counter()

    def choose(self) -> None:
        """Let the person choose files."""
        dialog = QFileDialog(self._editor, "Put pictures into the article", "", _FILES)
        dialog.setFileMode(QFileDialog.ExistingFiles)
        dialog.setAttribute(Qt.WA_DeleteOnClose)
        dialog.filesSelected.connect(lambda names: self.chosen.emit([Path(n) for n in names]))
        dialog.open()

    def add(self, article_id: int, sources: list[QImage | Path], place: QTextCursor) -> None:
        """Store pictures for an article; each belongs to a place in its text."""
        for source in sources:
            self._coming[article_id] += 1
            job = self._desktop.background.run(self, prepared, source)
            job.then(partial(self._store, article_id, place))
            job.failed(partial(self._on_failed, article_id))

    def are_coming(self, article_id: int) -> bool:
        """Whether pictures for an article are still on their way."""
        return self._coming[article_id] > 0

    def _store(self, article_id: int, place: QTextCursor, picture: Picture) -> None:
        add = self._desktop.desk.articles.add_image
        job = self._desktop.background.run(self, add, article_id, NewImage(data=picture.data))
        job.then(partial(self._on_stored, article_id, place, picture))
        job.failed(partial(self._on_failed, article_id))

    def _on_stored(
        self, article_id: int, place: QTextCursor, picture: Picture, image: ImageRef
    ) -> None:
        self._coming[article_id] -= 1
        shown = ShownPicture(image.markdown, picture.words, picture.notice)
        self.stored.emit(article_id, place, shown)

    def _on_failed(self, article_id: int, error: Exception) -> None:
        self._coming[article_id] -= 1
        self.failed.emit(sentence_of(error))
