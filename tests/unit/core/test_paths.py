# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the program keeps things: the folder named, else the variable's, else the platform's."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from helpdesk.core.paths import DATA_DIR_VARIABLE, DataFolder, default_config, resource


def test_the_folder_named_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(DATA_DIR_VARIABLE, str(tmp_path / "variable"))
    assert DataFolder.locate(tmp_path / "named") == DataFolder(tmp_path / "named", named=True)
    assert DataFolder.locate() == DataFolder(tmp_path / "variable", named=False)


def test_the_platform_has_a_place_of_its_own(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv(DATA_DIR_VARIABLE, raising=False)
    folder = DataFolder.locate()
    assert folder.path.is_absolute()
    assert folder.path.name == "helpdesk"
    assert not folder.named


def test_a_relative_folder_and_a_home_are_made_absolute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert DataFolder.locate(Path("desk")).path == tmp_path / "desk"
    assert DataFolder.locate(Path("~/desk")).path == tmp_path / "desk"


def test_looking_for_a_folder_makes_none(tmp_path: Path):
    DataFolder.locate(tmp_path / "named")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such file modes")
def test_a_folder_that_is_made_is_its_owners_alone(tmp_path: Path):
    previous = os.umask(0)
    try:
        folder = DataFolder(tmp_path / "desk").ensure()
    finally:
        os.umask(previous)
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
    assert folder.ensure() == folder


def test_everything_lies_in_the_folder(tmp_path: Path):
    folder = DataFolder(tmp_path)
    places = (
        folder.database, folder.log, folder.settings, folder.window_state, folder.drafts,
        folder.backups,
    )  # fmt: skip
    assert len({place for place in places if tmp_path in place.parents}) == len(places)


def test_what_is_shipped_is_there():
    assert default_config().is_file()
    assert resource("themes/app.qss").is_file()
