# SPDX-License-Identifier: GPL-3.0-or-later
"""Says how large files are, and what a drop or the clipboard brings of them."""

from __future__ import annotations

from pathlib import Path

from PyQt5.QtCore import QMimeData

_KB = 1024
_NAME_SHOWN = 44


def size_words(size: int) -> str:
    """Return a size as people read it, such as '340 KB'."""
    if size < _KB:
        return f"{size} bytes" if size != 1 else "1 byte"
    if size < _KB * _KB:
        return f"{round(size / _KB)} KB"
    return f"{size / _KB / _KB:.1f} MB"


def name_words(name: str) -> str:
    """Return a name that is not too long for a row of them; its ending stays."""
    if len(name) <= _NAME_SHOWN:
        return name
    end = _NAME_SHOWN // 3
    return f"{name[: _NAME_SHOWN - end - 1]}…{name[-end:]}"


def files_in(data: QMimeData) -> list[Path]:
    """Return the files of this workstation that a drop or the clipboard brings."""
    places = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
    return [place for place in places if place.is_file()]


def brings_files(data: QMimeData) -> bool:
    """Return whether there are files or a picture in it; a picture beside words is none."""
    return bool(files_in(data)) or (data.hasImage() and not data.hasText())
