# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the program finds what it ships and keeps what it makes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

_PACKAGE = Path(__file__).resolve().parents[1]
_SHIPPED = _PACKAGE / "_shipped"
_ROOT = _SHIPPED if _SHIPPED.is_dir() else _PACKAGE.parent

DATA_DIR_VARIABLE = "HELPDESK_DATA_DIR"


def resource(relative: str) -> Path:
    """Return the path of a shipped resource, such as ``themes/app.qss``."""
    return _ROOT / "resources" / relative


def default_config() -> Path:
    """Return the path of the shipped ``default.toml``, which names every setting."""
    return _ROOT / "config" / "default.toml"


def own_folder() -> Path:
    """Return the platform's folder for what the program keeps of its user."""
    import platformdirs

    return Path(platformdirs.user_data_dir("helpdesk", appauthor=False)).absolute()


class DataFolder(NamedTuple):
    """The folder that holds a desk's database, logs, drafts and settings."""

    path: Path
    named: bool = True
    """Whether the caller chose it; then its own database wins over the environment's."""

    @classmethod
    def locate(cls, named: Path | None = None) -> DataFolder:
        """Take the folder named, else ``HELPDESK_DATA_DIR``, else the platform's own."""
        if named is not None:
            return cls(named.expanduser().absolute())
        if variable := os.environ.get(DATA_DIR_VARIABLE):
            return cls(Path(variable).expanduser().absolute(), named=False)
        return cls(own_folder(), named=False)

    def ensure(self) -> DataFolder:
        """Make the folder, readable by its owner alone."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self

    @property
    def database(self) -> Path:
        """The embedded database."""
        return self.path / "helpdesk.db"

    @property
    def log(self) -> Path:
        """The newest log file."""
        return self.path / "logs" / "helpdesk.log"

    @property
    def settings(self) -> Path:
        """The person's own settings."""
        return self.path / "settings.toml"

    @property
    def window_state(self) -> Path:
        """Sizes, splitters, theme and the last tab of the window."""
        return self.path / "window.ini"

    @property
    def drafts(self) -> Path:
        """The folder of what was typed and not yet sent."""
        return self.path / "drafts"

    @property
    def backups(self) -> Path:
        """The folder of the copies made before a migration."""
        return self.path / "backups"
