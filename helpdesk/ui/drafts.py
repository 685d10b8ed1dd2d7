# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps what was typed and not yet sent on disk, so that a crash or a sign-out loses nothing."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from contextlib import suppress
from pathlib import Path
from threading import Lock

from PyQt5.QtCore import QObject, QTimer, pyqtSignal

from helpdesk.ui.background import Background

_PAUSE_MS = 600


class Drafts(QObject):
    """The drafts of one person, one small file for each place where they type.

    Writing happens at a pause in typing and off the main thread; `flush` writes at once, for the
    end of the program.
    """

    saved = pyqtSignal(str)
    """The place whose draft is now on disk."""
    not_saved = pyqtSignal(str)
    """One sentence: why what was typed is not on disk; it still stands in its field."""

    def __init__(self, folder: Path, username: str, background: Background) -> None:
        """Bind to the folder of a desk and to who is signed in."""
        super().__init__()
        owner = hashlib.sha256(username.casefold().encode()).hexdigest()[:16]
        self._folder = folder / owner
        self._background = background
        self._unsaved: dict[str, dict[str, str]] = {}
        self._on_the_way: dict[str, dict[str, str]] = {}
        self._lock = Lock()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_PAUSE_MS)
        self._timer.timeout.connect(self._on_pause)

    def load(self, place: str) -> dict[str, str]:
        """Return the draft of a place, empty where there is none or it cannot be read."""
        for kept in (self._unsaved, self._on_the_way):
            if place in kept:
                return kept[place]
        try:
            draft = json.loads(self._file(place).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return draft if isinstance(draft, dict) else {}

    def places_in(self, begin: str) -> tuple[str, ...]:
        """Return the places that have a draft and whose names are this with a number behind it."""
        kept = {each.stem for each in self._folder.glob(f"{begin}-*.json")}
        for pending in (self._on_the_way, self._unsaved):
            kept |= {place for place in pending if place.startswith(f"{begin}-")}
        numbers = {place: place.removeprefix(f"{begin}-") for place in kept}
        found = [place for place, number in numbers.items() if number.isdecimal()]
        there = (place for place in found if self.load(place))
        return tuple(sorted(there, key=lambda place: int(numbers[place])))

    def keep(self, place: str, draft: dict[str, str]) -> None:
        """Keep a draft at the next pause; one without any text is removed."""
        self._unsaved[place] = draft
        self._timer.start()

    def remove(self, place: str) -> None:
        """Forget the draft of a place, because it was sent or discarded."""
        self._unsaved[place] = {}
        self._timer.start(0)

    def keep_file(self, name: str, data: bytes) -> Path:
        """Keep what belongs to a draft and lies in no file of the person's; any thread may call.

        Raises ``OSError``.
        """
        folder = self._folder / "files" / secrets.token_hex(8)
        for each in (self._folder.parent, self._folder, folder.parent, folder):
            each.mkdir(mode=0o700, parents=True, exist_ok=True)
        place = folder / name
        descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        return place

    def forget_file(self, place: Path) -> None:
        """Remove what ``keep_file`` kept; nothing happens to any other file."""
        if place.parent.parent == self._folder / "files":
            place.unlink(missing_ok=True)
            place.parent.rmdir()

    def is_on_disk(self, place: str) -> bool:
        """Return whether all that was kept of a place is written."""
        return place not in self._unsaved and place not in self._on_the_way

    def sent(self, place: str) -> None:
        """Forget a draft whose words the desk has; called on the thread that sent them.

        So it is forgotten also when the window is closed before the answer comes, and nobody is
        offered to send the same again.
        """
        with self._lock:
            self._unsaved.pop(place, None)
            self._on_the_way.pop(place, None)
            with suppress(OSError):
                self._file(place).unlink(missing_ok=True)

    def flush(self) -> None:
        """Write what is not yet on disk, on this thread."""
        self._timer.stop()
        with self._lock, suppress(OSError):
            self._write({**self._on_the_way, **self._unsaved})
            # A write that still waits for its thread must not come after this one.
            self._on_the_way.clear()
            self._unsaved.clear()

    def _on_pause(self) -> None:
        if self._on_the_way:
            self._timer.start()
            return
        self._on_the_way, self._unsaved = self._unsaved, {}
        job = self._background.run(self, self._write_in_turn, self._on_the_way)
        job.then(self._on_written).failed(self._on_failed, OSError)

    def _on_written(self, places: list[str]) -> None:
        self._on_the_way = {}
        for place in places:
            self.saved.emit(place)

    def _on_failed(self, error: Exception) -> None:
        self._unsaved = {**self._on_the_way, **self._unsaved}
        self._on_the_way = {}
        reason = error.strerror if isinstance(error, OSError) else str(error)
        self.not_saved.emit(f"The draft could not be saved ({reason}); send it before you leave.")

    def _write_in_turn(self, drafts: dict[str, dict[str, str]]) -> list[str]:
        with self._lock:
            self._write(drafts)
            return list(drafts)

    def _write(self, drafts: dict[str, dict[str, str]]) -> None:
        for place, draft in drafts.items():
            if any(text.strip() for text in draft.values()):
                self._write_one(place, draft)
            else:
                self._file(place).unlink(missing_ok=True)

    def _write_one(self, place: str, draft: dict[str, str]) -> None:
        for folder in (self._folder.parent, self._folder):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = self._folder / f".{place}.part"
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        # JSON's escapes also carry a lone surrogate, which UTF-8 could not.
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            json.dump(draft, file)
        part.replace(self._file(place))

    def _file(self, place: str) -> Path:
        return self._folder / f"{place}.json"
