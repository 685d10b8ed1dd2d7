# SPDX-License-Identifier: GPL-3.0-or-later
"""The files that are to go with what is being written: sent while the person still types.

They go one after the other. What cannot be sent stays, with a way to try again; while the server is
away the tray tries by itself. Where the files lie is part of the draft, so that they are there
again after a crash; a picture of the clipboard is kept beside the draft.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from PyQt5.QtCore import QBuffer, QIODevice, QMimeData, QTimer, pyqtSignal
from PyQt5.QtGui import QImage
from PyQt5.QtWidgets import QApplication, QFileDialog, QVBoxLayout, QWidget

from helpdesk.client.file_transfer import Outgoing
from helpdesk.core.errors import Invalid, TooLarge, Unreachable
from helpdesk.core.file_names import safe_name
from helpdesk.core.schemas.attachments import FILES_AT_ONCE
from helpdesk.core.schemas.ticket_work import AttachmentView
from helpdesk.ui.attachments.file_chip import FileChip
from helpdesk.ui.attachments.transfer import Transfer
from helpdesk.ui.attachments.words import files_in, name_words
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.widgets.flow_layout import FlowLayout
from helpdesk.ui.widgets.plain_label import PlainLabel

_RETRY_MS = 5_000
_TOO_MANY = f"At most {FILES_AT_ONCE} files go at once; send the others with another message."
_AWAY = (
    "The server does not answer, and files are sent only once it does: they wait here with what you"
    " wrote. Remove them to send the text now."
)
_HELD = "It is sent as soon as the files are there."
_NO_PICTURE = "The picture of the clipboard cannot be read; save it as a file first."


class Lent(NamedTuple):
    """A file that has been taken off with a message, and may come back with it."""

    outgoing: Outgoing
    view: AttachmentView
    """How the desk knows it, which has it already."""


class _Item:
    """One file, and how far it is."""

    def __init__(self, outgoing: Outgoing, chip: FileChip) -> None:
        self.outgoing = outgoing
        self.chip = chip
        self.transfer: Transfer | None = None
        self.view: AttachmentView | None = None
        self.error: Exception | None = None


class AttachmentTray(QWidget):
    """A row of chips, and a sentence below them where there is something to say."""

    changed = pyqtSignal()
    """There are other files than before; for the draft."""

    def __init__(self, desktop: Desktop, parent: QWidget | None = None) -> None:
        """Begin empty and hidden."""
        super().__init__(parent)
        self._desktop = desktop
        self._items: list[_Item] = []
        self._go_on: Callable[[], None] | None = None
        self._gone: dict[str, Lent] = {}
        self._loading = False
        self._flow = FlowLayout(6)
        self._said = PlainLabel(role="error")
        self._said.hide()
        chips = QWidget()
        chips.setLayout(self._flow)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(chips)
        column.addWidget(self._said)
        self._retry = QTimer(self)
        self._retry.setSingleShot(True)
        self._retry.setInterval(_RETRY_MS)
        self._retry.timeout.connect(self._retry_away)
        self.setAccessibleName("Files to send")
        self.hide()

    # --- what is asked of it ------------------------------------------------------------------

    @property
    def keys(self) -> tuple[str, ...]:
        """The files that are there, as the desk knows them."""
        return tuple(item.view.key for item in self._items if item.view)

    @property
    def is_empty(self) -> bool:
        """Whether there is no file."""
        return not self._items

    @property
    def chips(self) -> tuple[FileChip, ...]:
        """What is shown, in order."""
        return tuple(item.chip for item in self._items)

    @property
    def sentence(self) -> str:
        """What is said below the chips."""
        return "" if self._said.isHidden() else self._said.text()

    def hold(self, go_on: Callable[[], None]) -> bool:
        """Return whether sending has to wait for files; ``go_on`` is called when they are there."""
        waiting = [item for item in self._items if item.view is None]
        if not waiting:
            self._go_on = None
            return False
        self._go_on = go_on
        failed = next((item for item in waiting if item.error), None)
        if failed is None:
            self._say(_HELD, role="muted")
        elif isinstance(failed.error, Unreachable):
            self._say(_AWAY)
            self._retry_away()
        else:
            self._go_on = None
            sentence = sentence_of(failed.error) if failed.error else ""
            if failed.error and len(self._items) > 1:
                # Which of them is not clear otherwise.
                sentence = _told_of(failed.outgoing.name, failed.error)
            remedy = "Try again or remove it" if _can_go(failed.error) else "Remove it"
            self._say(f"{sentence} {remedy}, then send.")
        return True

    def show_again(self) -> None:
        """Show it, if there is something to show."""
        self.setVisible(bool(self._items) or bool(self._said.text()))

    def let_go(self) -> None:
        """Send nothing by itself any more: something else is shown, or the person stays."""
        self._go_on = None

    # --- files come and go --------------------------------------------------------------------

    def choose(self) -> QFileDialog:
        """Let the person choose files."""
        dialog = QFileDialog(self.window(), "Attach files")
        dialog.setFileMode(QFileDialog.ExistingFiles)
        dialog.filesSelected.connect(lambda names: self.add_paths(map(Path, names)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
        return dialog

    def add_data(self, data: QMimeData) -> None:
        """Take what a drop or the clipboard brings."""
        if paths := files_in(data):
            self.add_paths(paths)
            return
        picture = data.imageData()
        if isinstance(picture, QImage) and not picture.isNull():
            self.add_picture(picture)
        else:
            self._say(_NO_PICTURE)

    def add_paths(self, paths: Iterable[Path]) -> None:
        """Take files of this workstation."""
        for path in paths:
            self._add(Outgoing(path.name, path))
        self._settle()

    def add_picture(self, picture: QImage) -> None:
        """Take a picture, as a file beside the draft."""
        moment = self._desktop.clock().astimezone()
        name = f"Screenshot {moment:%Y-%m-%d %H.%M.%S}.png"
        job = self._desktop.background.run(self, self._kept, picture.copy(), name)
        job.then(lambda path: self._add_named(name, path)).failed(self._on_not_kept, OSError)

    def refused(self, error: Exception) -> None:
        """Offer to send files anew where the desk says that one is not there any more."""
        if not isinstance(error, Invalid) or error.field != "attachment_keys":
            return
        for item in self._items:
            item.view, item.error = None, error
            item.outgoing = Outgoing(item.outgoing.name, item.outgoing.source)
            item.chip.show_failed(sentence_of(error))

    def lend(self) -> tuple[Lent, ...]:
        """Take the files off for a message that may come back; their copies stay on disk."""
        lent = tuple(Lent(item.outgoing, item.view) for item in self._items if item.view)
        self.take_off(keeps_copies=True)
        return lent

    def take_off(self, *, keeps_copies: bool = False) -> None:
        """Forget the files: the desk has them on a ticket, or is about to get them."""
        self._gone = {
            item.view.key: Lent(item.outgoing, item.view) for item in self._items if item.view
        }
        for item in list(self._items):
            self._drop(item)
            if not keeps_copies:
                self._forget_copy(item)
        self._go_on = None
        self._say("")
        self.changed.emit()

    def give_back(self, keys: Iterable[str]) -> None:
        """Show files again that were taken off, with a message that did not leave after all."""
        self.take_back(self._gone[key] for key in keys if key in self._gone)

    def take_back(self, lent: Iterable[Lent]) -> None:
        """Show files again that were lent; the desk has them, so that none is sent anew."""
        shown = set(self.keys)
        for each in lent:
            if each.view.key not in shown:
                self._add(each.outgoing, each.view)
        self._settle()

    def discard(self) -> None:
        """Remove all files, here and at the desk."""
        for item in list(self._items):
            self._remove(item)

    # --- the draft ----------------------------------------------------------------------------

    def draft(self) -> dict[str, str]:
        """Return what of the files belongs into a draft."""
        kept = [
            [item.outgoing.name, str(item.outgoing.source)]
            for item in self._items
            if isinstance(item.outgoing.source, Path)
        ]
        return {"files": json.dumps(kept)} if kept else {}

    def load(self, draft: dict[str, str]) -> None:
        """Show the files of a draft, and send them anew."""
        try:
            kept = [(str(name), Path(place)) for name, place in json.loads(draft.get("files", ""))]
        except (ValueError, TypeError):
            return
        self._loading = True
        for name, place in kept:
            self._add(Outgoing(name, place))
        self._loading = False
        self._settle()

    # ------------------------------------------------------------------------------------------

    def _kept(self, picture: QImage, name: str) -> Path:
        """Write a picture beside the drafts; runs on a thread of the pool."""
        buffer = QBuffer()
        buffer.open(QIODevice.WriteOnly)
        if not picture.save(buffer, "PNG"):
            raise OSError(_NO_PICTURE)
        return self._desktop.drafts.keep_file(safe_name(name), bytes(buffer.data()))

    def _on_not_kept(self, error: Exception) -> None:
        self._say(f"The picture could not be kept ({error}); save it as a file first.")

    def _add_named(self, name: str, path: Path) -> None:
        self._add(Outgoing(name, path))
        self._settle()

    def _add(self, outgoing: Outgoing, view: AttachmentView | None = None) -> None:
        if len(self._items) >= FILES_AT_ONCE:
            self._say(_TOO_MANY)
            return
        chip = FileChip(outgoing.name)
        item = _Item(outgoing, chip)
        if view is not None:
            item.view = view
            chip.show_sent(view.size)
        chip.removed.connect(partial(self._on_removed, item))
        chip.retried.connect(partial(self._on_retried, item))
        self._items.append(item)
        self._flow.addWidget(chip)
        if not any(each.error for each in self._items):
            self._say("")

    def _settle(self) -> None:
        """Send what is next, go on with what waited for it, and keep the draft."""
        self.setVisible(bool(self._items) or bool(self._said.text()))
        if not self._loading:
            self.changed.emit()
        self._send_next()

    def _send_next(self) -> None:
        if any(item.transfer for item in self._items):
            return
        ready = (item for item in self._items if item.view is None and item.error is None)
        item = next(ready, None)
        if item is not None:
            self._begin(item)
        elif self._go_on is not None and all(each.view for each in self._items):
            go_on, self._go_on = self._go_on, None
            self._say("")
            go_on()

    def _begin(self, item: _Item) -> None:
        steps = item.outgoing.steps(self._desktop.desk)
        item.transfer = Transfer(self._desktop.background, steps, self)
        item.transfer.progressed.connect(item.chip.show_progress)
        item.transfer.ended.connect(partial(self._on_sent, item))
        item.transfer.failed.connect(partial(self._on_failed, item))
        item.transfer.start()

    def _on_sent(self, item: _Item, view: AttachmentView) -> None:
        self._ended(item)
        item.view = view
        item.chip.show_sent(view.size)
        self._send_next()

    def _on_failed(self, item: _Item, error: Exception) -> None:
        self._ended(item)
        item.error = error
        if isinstance(error, Unreachable):
            item.chip.show_failed(sentence_of(error), "Waits for the server")
            self._retry.start()
            if self._go_on is not None:
                self._say(_AWAY)
        else:
            item.chip.show_failed(sentence_of(error), retry=_can_go(error))
            self._go_on = None
            self._say(_told_of(item.outgoing.name, error))
        self._send_next()

    def _ended(self, item: _Item) -> None:
        if item.transfer is not None:
            item.transfer.deleteLater()
            item.transfer = None

    def _retry_away(self) -> None:
        """Try again what could not be sent because nobody answered."""
        for item in self._items:
            if isinstance(item.error, Unreachable):
                item.error = None
        self._send_next()

    def _on_retried(self, item: _Item) -> None:
        item.error = None
        item.chip.show_waiting()
        self._say("")
        self._send_next()

    def _on_removed(self, item: _Item) -> None:
        place = self._items.index(item)
        focused = QApplication.focusWidget()
        had_focus = item.chip is focused or item.chip.isAncestorOf(focused)
        self._remove(item)
        if had_focus and self._items:
            self._items[min(place, len(self._items) - 1)].chip.setFocus()
        self._say("")
        self._settle()

    def _remove(self, item: _Item) -> None:
        self._drop(item)
        self._forget_copy(item)
        # What is not discarded now is swept away by the desk.
        forget: Any = item.outgoing.forget
        self._desktop.background.run(self, forget, self._desktop.desk).failed(lambda _: None)

    def _drop(self, item: _Item) -> None:
        if item.transfer is not None:
            item.transfer.stop()
            item.transfer = None
        self._items.remove(item)
        self._flow.removeWidget(item.chip)
        item.chip.hide()
        item.chip.deleteLater()
        self.setVisible(bool(self._items))

    def _forget_copy(self, item: _Item) -> None:
        if isinstance(item.outgoing.source, Path):
            forget = self._desktop.drafts.forget_file
            job = self._desktop.background.run(self, forget, item.outgoing.source)
            job.failed(lambda _: None, OSError)

    def _say(self, sentence: str, role: str = "error") -> None:
        self._said.setProperty("role", role)
        self._said.style().unpolish(self._said)
        self._said.style().polish(self._said)
        self._said.setText(sentence)
        self._said.setVisible(bool(sentence))
        self.setVisible(bool(self._items) or bool(sentence))


def _told_of(name: str, error: Exception) -> str:
    """Return what is wrong with a file, with its name once."""
    sentence = sentence_of(error)
    return sentence if sentence.startswith(name) else f"{name_words(name)}: {sentence}"


def _can_go(error: Exception | None) -> bool:
    """Return whether trying again may help; a file that is too large stays so."""
    return not isinstance(error, TooLarge)
