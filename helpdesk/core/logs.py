# SPDX-License-Identifier: GPL-3.0-or-later
"""Logging to a rotating file in the data folder, one escaped line a record."""

from __future__ import annotations

import logging
import os
from logging.handlers import RotatingFileHandler
from pathlib import Path

from helpdesk.core.settings import LoggingSettings

_FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"
_CONTROLS = (*range(32), *range(127, 160))
_UNPRINTABLE = {code: f"\\x{code:02x}" for code in _CONTROLS} | {
    ord("\n"): "\\n",
    0x2028: "\\u2028",
    0x2029: "\\u2029",
}


class _PrivateRotatingFile(RotatingFileHandler):
    """A rotating log file that only its owner can read."""

    def _open(self):  # type: ignore[no-untyped-def]
        descriptor = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        return os.fdopen(descriptor, self.mode, encoding=self.encoding, errors=self.errors)


class _OneLine(logging.Formatter):
    """Escapes line breaks and control codes, tracebacks included: no text can forge a record."""

    def format(self, record: logging.LogRecord) -> str:
        return super().format(record).translate(_UNPRINTABLE)


def start(file: Path, settings: LoggingSettings) -> None:
    """Send the program's records to ``file`` and no longer to the one before.

    Without a writable folder nothing is logged.
    """
    stop()
    logger = logging.getLogger("helpdesk")
    logger.setLevel(settings.level)
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handler: logging.Handler = _PrivateRotatingFile(
            file,
            maxBytes=settings.megabytes * 1024 * 1024,
            backupCount=settings.files,
            encoding="utf-8",
            errors="backslashreplace",
        )
    except OSError:
        handler = logging.NullHandler()
    handler.setFormatter(_OneLine(_FORMAT))
    logger.addHandler(handler)


def stop() -> None:
    """Close the log file."""
    logger = logging.getLogger("helpdesk")
    for handler in list(logger.handlers):
        logger.removeHandler(handler)
        handler.close()
