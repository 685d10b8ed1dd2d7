# SPDX-License-Identifier: GPL-3.0-or-later
"""The ``helpdesk`` command run in this process, over a data folder of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from helpdesk.cli import main
from helpdesk.core.paths import DataFolder


class Outcome(NamedTuple):
    """What a command leaves behind."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        """The lines of standard output."""
        return self.out.splitlines()


Run = Callable[..., Outcome]


@pytest.fixture
def run_in(capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a function that runs the command on a data folder."""

    def run(data_dir: Path, *arguments: object) -> Outcome:
        capsys.readouterr()
        code = main(["--data-dir", str(data_dir), *map(str, arguments)])
        return Outcome(code, *capsys.readouterr())

    return run


@pytest.fixture
def run(run_in: Run, folder: DataFolder) -> Run:
    """Return a function that runs the command on a fresh desk."""

    def run(*arguments: object) -> Outcome:
        return run_in(folder.path, *arguments)

    return run
