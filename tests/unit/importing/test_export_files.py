# SPDX-License-Identifier: GPL-3.0-or-later
"""Nothing beside an export is read, and nothing in it grows without end."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path
from random import Random

import pytest

from helpdesk.core.errors import Invalid, NotFound, TooLarge
from helpdesk.importing import export_files
from helpdesk.importing.export_files import ExportFiles

_OUTSIDE = ("../secret.txt", "/etc/passwd", "a/../../secret.txt", "..\\secret.txt", "C:\\x", "a\0b")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "export"
    (made / "storage" / "1").mkdir(parents=True)
    (made / "storage" / "1" / "a.txt").write_bytes(b"inside")
    (tmp_path / "secret.txt").write_bytes(b"outside")
    return made


def _zip(path: Path, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def test_a_file_is_found_by_the_end_of_its_name(folder: Path) -> None:
    files = ExportFiles(folder)

    assert files.find("1/a.txt") == files.find("storage/1/a.txt") == "storage/1/a.txt"
    assert files.whole("storage/1/a.txt") == b"inside"
    assert files.find("a.txt.") is None


@pytest.mark.parametrize("name", _OUTSIDE)
def test_names_that_lead_outside_are_not_known(folder: Path, name: str) -> None:
    files = ExportFiles(folder)

    assert files.find(name) is None
    with pytest.raises(NotFound), files.opened(name):
        pass


def test_links_to_the_outside_are_not_followed(folder: Path) -> None:
    (folder / "link.txt").symlink_to(folder.parent / "secret.txt")
    (folder / "up").symlink_to(folder.parent, target_is_directory=True)

    assert ExportFiles(folder).names(".txt") == ("storage/1/a.txt",)


def test_members_of_an_archive_that_lead_outside_are_not_there(tmp_path: Path) -> None:
    made = _zip(tmp_path / "a.zip", **{"../x.sql": b"1", "/y.sql": b"2", "in/z.sql": b"3"})

    files = ExportFiles(made)

    assert files.names(".sql") == ("in/z.sql",)
    assert files.path("in/z.sql") is None
    files.close()


def test_what_grows_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_files, "_ALWAYS_FINE", 1000)
    bomb = bytes(1_000_000)

    with pytest.raises(TooLarge):
        ExportFiles(_zip(tmp_path / "bomb.zip", **{"a.sql": bomb}))
    (tmp_path / "bomb.sql.gz").write_bytes(gzip.compress(bomb))
    with (
        pytest.raises(TooLarge),
        ExportFiles(tmp_path / "bomb.sql.gz").opened("bomb.sql.gz") as file,
    ):
        file.read()


def test_what_is_packed_twice_grows_no_further(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_files, "_ALWAYS_FINE", 100_000)
    # Each packing alone is within what is fine; the same piece again and again packs once more.
    noise = Random(1).randbytes(10_000)  # noqa: S311 - no secret
    once = gzip.compress(noise + bytes(800_000), mtime=0) * 40
    (tmp_path / "a.sql.gz").write_bytes(once)
    with ExportFiles(tmp_path / "a.sql.gz").opened("a.sql.gz") as file:
        assert len(file.read()) == 40 * 810_000
    archive = tmp_path / "twice.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("a.sql.gz", once)
    with pytest.raises(TooLarge), ExportFiles(archive).opened("a.sql.gz") as file:
        file.read()


def test_many_files_that_grow_a_little_grow_too_far_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_files, "_ALWAYS_FINE", 60_000)
    archive = tmp_path / "many.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for place in range(200):
            packed.writestr(f"{place}.json", bytes(50_000))
    with pytest.raises(TooLarge, match=r"many\.zip grows without end"):
        ExportFiles(archive)


def test_damaged_archives_name_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"PK no archive")
    (tmp_path / "a.sql.gz").write_bytes(gzip.compress(b"x" * 500)[:-20])

    with pytest.raises(Invalid, match="again"):
        ExportFiles(tmp_path / "a.zip")
    with pytest.raises(Invalid, match="again"), ExportFiles(tmp_path).opened("a.sql.gz") as file:
        file.read()
