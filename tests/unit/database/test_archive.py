# SPDX-License-Identifier: GPL-3.0-or-later
"""The file of a whole desk: what it holds, that it makes an equal desk, and what is refused."""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from helpdesk.core.errors import Conflict, Invalid
from helpdesk.database.archive import EXPORTED, FACTS_LEFT_OUT, IN_FILES, LEFT_OUT, MANIFEST
from helpdesk.database.archive_reading import import_desk
from helpdesk.database.archive_writing import export_desk
from helpdesk.database.checks import examine
from helpdesk.database.copying import COPIED
from helpdesk.database.db_manager import DbManager
from helpdesk.database.sqlite_manager import SqliteManager
from helpdesk.models import Base
from tests.unit.database.test_copying import NOW, contents, is_vacant
from tests.unit.database.test_copying import databases as databases
from tests.unit.database.test_copying import demo as demo

Change = Callable[[dict[str, bytes]], object]
Databases = Callable[[str], DbManager]
TELLING = ("secret", "password", "token", "hash", "salt")


@pytest.fixture(scope="module")
def whole(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the export of a desk with something in every table."""
    folder = tmp_path_factory.mktemp("whole")
    shutil.copy(demo, folder / "desk.db")
    database = SqliteManager(folder / "desk.db")
    written(database, folder / "desk.zip")
    database.dispose()
    return folder / "desk.zip"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the export of a desk that nobody has used yet."""
    from helpdesk.database import schema

    folder = tmp_path_factory.mktemp("small")
    database = SqliteManager(folder / "desk.db")
    schema.create(database)
    with database.writing() as session:
        session.execute(
            text("INSERT INTO category (id, name, name_folded, active) VALUES (1, 'a', 'a', 1)")
        )
    written(database, folder / "desk.zip")
    database.dispose()
    return folder / "desk.zip"


def written(database: DbManager, file: Path, *, with_passwords: bool = False) -> Path:
    with file.open("wb") as stream:
        export_desk(database, stream, at=NOW, with_passwords=with_passwords)
    return file


def members(file: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rows(file: Path, table: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in members(file)[f"tables/{table}.jsonl"].splitlines()]


# --- what it holds ---


def test_every_table_is_exported_or_left_out_on_purpose():
    assert set(LEFT_OUT) <= set(COPIED)
    assert set(EXPORTED) == set(COPIED) - set(LEFT_OUT)
    for name in EXPORTED:
        referred = {key.column.table.name for key in Base.metadata.tables[name].foreign_keys}
        assert not referred & set(LEFT_OUT), name


def test_no_exported_column_keeps_a_secret():
    telling = {
        f"{name}.{column.name}"
        for name in EXPORTED
        for column in Base.metadata.tables[name].columns
        if any(word in column.name for word in TELLING)
    }
    assert telling == {
        "user.password_hash", "user.password_one_time", "assistant_call.prompt_tokens",
        "assistant_call.answer_tokens",
    }  # fmt: skip


def test_the_bytes_of_files_lie_in_files():
    for table in IN_FILES:
        assert table in EXPORTED


def test_an_export_makes_an_equal_desk(whole: Path, databases: Databases, tmp_path: Path):
    target = databases("postgresql")
    manifest, copied = import_desk(whole, target)
    assert dict(copied)["ticket"] == manifest.tables["ticket"].rows > 1_000
    assert examine(target).findings == ()
    again = members(written(target, tmp_path / "again.zip"))
    first = members(whole)
    assert set(again) == set(first)
    assert [name for name in first if first[name] != again[name]] == []
    with pytest.raises(Conflict, match="There is already a desk"):
        import_desk(whole, target)


def test_passwords_come_only_when_asked_for_and_never_beside_a_second_factor(
    whole: Path, demo: Path, tmp_path: Path
):
    assert {row["password_hash"] for row in rows(whole, "user")} == {None}
    source = SqliteManager(demo, read_only=True)
    asked = written(source, tmp_path / "asked.zip", with_passwords=True)
    guarded = {row[0] for row in contents(source)["second_factor"]}
    source.dispose()
    known = {row["id"] for row in rows(asked, "user") if row["password_hash"]}
    assert known
    assert guarded
    assert not known & guarded
    assert not {row["name"] for row in rows(asked, "desk_fact")} & FACTS_LEFT_OUT


# --- what is refused ---


def changed(source: Path, target: Path, change: Change) -> Path:
    """Write an export anew with a change; the digests are those of before."""
    found = members(source)
    change(found)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in found.items():
            archive.writestr(name, data)
    return target


def of_manifest(**news: object) -> Change:
    def change(found: dict[str, bytes]) -> None:
        found[MANIFEST] = json.dumps({**json.loads(found[MANIFEST]), **news}).encode()

    return change


def forged(table: str, line: bytes) -> Change:
    """Return a change of a table whose digest is right."""
    import hashlib

    def change(found: dict[str, bytes]) -> None:
        told = json.loads(found[MANIFEST])
        digest = hashlib.sha256(line).hexdigest()
        told["tables"][table] = {"size": len(line), "sha256": digest, "rows": line.count(b"\n")}
        found[f"tables/{table}.jsonl"] = line
        found[MANIFEST] = json.dumps(told).encode()

    return change


def added(name: str) -> Change:
    return lambda found: found.update({name: b"x"})


def listed(name: str) -> Change:
    def change(found: dict[str, bytes]) -> None:
        told = json.loads(found[MANIFEST])
        told["files"][name] = {"size": 1, "sha256": "0" * 64}
        found[name], found[MANIFEST] = b"x", json.dumps(told).encode()

    return change


def flipped(found: dict[str, bytes]) -> None:
    found["tables/category.jsonl"] = found["tables/category.jsonl"].replace(b'"a"', b'"b"')


_CATEGORY = b'{"id":%s,"name":"a","name_folded":"a","active":1}\n'
REFUSED: dict[str, tuple[Change, str]] = {
    "another digest": (flipped, "is not what was exported"),
    "an unknown version": (of_manifest(version=2), "has the format 2"),
    "an older schema": (of_manifest(schema_version="0001"), "of schema 0001"),
    "another format": (of_manifest(format="letters"), "is no export of a desk"),
    "a manifest that is none": (lambda f: f.update({MANIFEST: b"[" * 100_000}), "cannot be read"),
    "no manifest": (lambda f: f.pop(MANIFEST), "is no export of a desk"),
    "a missing table": (lambda f: f.pop("tables/tag.jsonl"), "other files than it says"),
    "a file beside": (added("../../etc/passwd"), "other files than it says"),
    "a path": (listed("../../etc/passwd"), "name of another kind"),
    "an absolute path": (listed("files/attachment//etc/1"), "name of another kind"),
    "text for a number": (forged("category", _CATEGORY % b'"1"'), "of another kind"),
    "a large number": (forged("category", _CATEGORY % (b"9" * 30)), "too large"),
    "no number": (forged("category", _CATEGORY % b"NaN"), "NaN"),
    "a row cut off": (forged("category", b'{"id":1}'), "cut off"),
    "other columns": (forged("category", b'{"id":1}\n'), "other columns"),
    "a file elsewhere": (
        forged("category", _CATEGORY % b'{"file":"files/picture/1","at":0,"size":1}'),
        "of another kind",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_forged_export_is_refused_and_leaves_nothing(small: Path, tmp_path: Path, what: str):
    change, sentence = REFUSED[what]
    file = changed(small, tmp_path / "forged.zip", change)
    target = SqliteManager(tmp_path / "new" / "desk.db")
    with pytest.raises(Invalid, match=sentence) as refused:
        import_desk(file, target)
    assert str(refused.value).count("\n") == 0
    assert not target.path.exists()
    assert not list((tmp_path / "new").glob("*"))


def test_a_bomb_is_not_unpacked(small: Path, tmp_path: Path):
    bomb = forged("category", b" " * (60 * 1024 * 1024))
    file = changed(small, tmp_path / "bomb.zip", bomb)
    with pytest.raises(Invalid, match="unpacks to far more"):
        import_desk(file, SqliteManager(tmp_path / "new.db"))


@pytest.mark.parametrize("share", [0.0, 0.4, 0.9, 0.999])
def test_a_truncated_export_is_refused(small: Path, tmp_path: Path, share: float):
    data = small.read_bytes()
    file = tmp_path / "cut.zip"
    file.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(Invalid, match=r"damaged|no export"):
        import_desk(file, SqliteManager(tmp_path / "new.db"))


def test_any_byte_changed_is_refused_or_makes_the_same_desk(small: Path, tmp_path: Path):
    """What no digest covers is the zip's own; whatever it then says, nothing else is imported."""
    data, same = small.read_bytes(), members(small)
    for place in range(0, len(data), 499):
        file = tmp_path / "flipped.zip"
        file.write_bytes(data[:place] + bytes([data[place] ^ 0x41]) + data[place + 1 :])
        target = SqliteManager(tmp_path / f"new{place}.db")
        try:
            import_desk(file, target)
        except Invalid:
            assert is_vacant(target)
            continue
        assert members(written(target, tmp_path / "again.zip")) == same | {
            MANIFEST: members(tmp_path / "again.zip")[MANIFEST]
        }
        target.dispose()


@pytest.fixture
def nothing() -> Iterator[io.BytesIO]:
    with io.BytesIO() as stream:
        yield stream


def test_an_export_that_is_stopped_raises_what_stopped_it(demo: Path, nothing: io.BytesIO):
    def stop(done: int, _total: int) -> None:
        if done >= 2_000:
            raise KeyboardInterrupt

    database = SqliteManager(demo, read_only=True)
    with pytest.raises(KeyboardInterrupt):
        export_desk(database, nothing, at=NOW, progress=stop)
    database.dispose()
