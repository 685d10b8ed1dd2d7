# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps a desk's data safe: ``check-db``, ``backup``, ``restore`` and ``upgrade-db``."""

from __future__ import annotations

import re
from argparse import Namespace
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from helpdesk.commands.place import Place
from helpdesk.commands.terminal import agrees, can_ask, complain, progress, say
from helpdesk.core.clock import system_clock
from helpdesk.core.errors import Damaged, DatabaseFault, Invalid, NoDesk
from helpdesk.database import SCHEMA_VERSION, schema
from helpdesk.database.audit_checks import Head
from helpdesk.database.audit_heads import noted_head
from helpdesk.database.backup import copy_database, problems_of, restore_database
from helpdesk.database.checks import Soundness, examine, rebuild
from helpdesk.database.db_manager import DbManager
from helpdesk.database.sqlite_manager import SqliteManager

if TYPE_CHECKING:
    from helpdesk.core.paths import DataFolder

_DONE, _FAILED, _DAMAGE = 0, 1, 3

_DIGEST = re.compile("[0-9a-fA-F]{64}")
_HEAD_FORM = (
    "Write the number and the digest of an audit entry as check-db printed them: NUMBER:DIGEST."
)
_DUMP = (
    "This desk lies in a PostgreSQL database; back it up with:"
    " pg_dump --format=custom --file=FILE DATABASE."
)
_PLAY_BACK = (
    "This desk lies in a PostgreSQL database; go back to a dump with:"
    " pg_restore --clean --if-exists --single-transaction --dbname=DATABASE FILE."
)


def check(place: Place, options: Namespace) -> int:
    """Print what is wrong with the database, or that it is sound, and the audit log's end."""
    kept = _kept_head(options.audit_head) if options.audit_head else None
    noted = noted_head(place.folder.log)
    with place.database() as database:
        try:
            schema.check(database)
        except Damaged:
            if isinstance(database, SqliteManager):
                _tell_problems(database)
            raise
        soundness = _examined(database, kept, noted)
        if options.repair and soundness.can_be_mended:
            _report(soundness)
            _repair(place.folder, database)
            soundness = _examined(database, kept, noted)
    _report(soundness)
    if soundness.audit and soundness.audit.number:
        _tell_noted(place.folder.log, noted)
    return _DAMAGE if soundness.findings else _DONE


def backup(place: Place, options: Namespace) -> int:
    """Copy the desk while it is in use."""
    target = options.file.absolute()
    with place.database() as named:
        database = _file_of(named, _DUMP)
        if target.parent != place.folder.backups and not target.parent.is_dir():
            raise Invalid(f"There is no folder {target.parent}; make it, or name another one.")
        with suppress(schema.OlderSchema):  # it is worth a backup before the upgrade, too
            schema.check(database)
        with progress("Copying", "pages") as report:
            copy_database(database, target, report)
    say(f"The desk is copied to {target}.")
    return _DONE


def restore(place: Place, options: Namespace) -> int:
    """Go back to a copy of the desk; the present one is kept."""
    source: Path = options.file.absolute()
    with place.database(read_only=False) as named:
        database = _file_of(named, _PLAY_BACK)
        _require_copy(source, database)
        if not options.yes and not _agreed(database, source):
            complain("Nothing was changed.")
            return _FAILED
        with progress("Restoring", "pages") as report:
            kept = restore_database(database, source, _kept(place.folder, "before-restore"), report)
    say(f"The desk is as it was in {source}.")
    if kept:
        say(f"What it was before is kept in {kept}.")
    return _DONE


def upgrade(place: Place, _options: Namespace) -> int:
    """Bring an older desk up to date after a backup."""
    with place.database() as database:
        is_current = schema.version_of(database) == SCHEMA_VERSION
        copy = schema.upgrade(database, place.folder.backups)
    if copy is not None:
        say(f"The desk has schema {SCHEMA_VERSION} now; what it was before is kept in {copy}.")
    elif is_current:
        say(f"The desk has schema {SCHEMA_VERSION} already; nothing was changed.")
    else:
        say(f"The desk has schema {SCHEMA_VERSION} now.")
    return _DONE


def _file_of(database: DbManager, otherwise: str) -> SqliteManager:
    """Return the database if it is a file; else raise ``Invalid`` with what to do instead."""
    if isinstance(database, SqliteManager):
        return database
    raise Invalid(otherwise)


def _examined(database: DbManager, kept: Head | None, noted: Head | None) -> Soundness:
    with progress("Checking", None) as report:
        return examine(database, report, kept=kept, noted=noted)


def _tell_noted(log: Path, noted: Head | None) -> None:
    if noted is None:
        say(f"No earlier end of the audit log is noted in {log}; it was compared with none.")
    else:
        say(f"The end that {log} notes, entry {noted.number:,}, was looked for.")


def _kept_head(text: str) -> Head:
    """Return the end of an audit log as it was printed. Raises ``Invalid``."""
    number, _, digest = text.partition(":")
    if not (number.isascii() and number.isdigit()) or not _DIGEST.fullmatch(digest):
        raise Invalid(_HEAD_FORM)
    return Head(int(number), digest.lower())


def _tell_problems(database: SqliteManager) -> None:
    """Print what SQLite tells of a file that cannot even be looked at as a desk."""
    try:
        with closing(database.inspect()) as connection:
            problems = problems_of(connection)
    except DatabaseFault:
        return
    for problem in problems:
        say(f"{database.path}: {problem}.")


def _report(soundness: Soundness) -> None:
    for finding in soundness.findings:
        say(finding)
    if not soundness.findings:
        tickets, comments = f"{soundness.tickets:,} tickets", f"{soundness.comments:,} comments"
        say(f"Sound: {tickets}, {comments}, schema {SCHEMA_VERSION}.")
    if soundness.audit and soundness.audit.number:
        head = soundness.audit
        say(f"Audit log: {head.number:,} entries, up to {head.number}:{head.digest}")


def _repair(folder: DataFolder, database: DbManager) -> None:
    if isinstance(database, SqliteManager):
        kept = _kept(folder, "before-repair")
        copy_database(database, kept, verified=False)
        say(f"What the desk was before is kept in {kept}.")
    rebuild(database)
    say("The search index and the counters are built anew.")


def _require_copy(source: Path, database: SqliteManager) -> None:
    if not source.is_file():
        raise Invalid(f"There is no backup at {source}; check the name.")
    if database.path.exists() and source.samefile(database.path):
        raise Invalid(f"{source} is the desk itself; name a backup.")
    copy = SqliteManager(source, read_only=True)
    try:
        with suppress(schema.OlderSchema):  # it is brought up to date when it is next opened
            schema.check(copy)
    except NoDesk as error:
        raise Invalid(f"{source} is not a copy of a desk; name another file.") from error
    except Damaged as error:
        raise Damaged(f"{source} is not a sound database; use another backup.") from error
    finally:
        copy.dispose()


def _agreed(database: SqliteManager, source: Path) -> bool:
    if not can_ask():
        raise Invalid("This replaces the desk; add --yes to say that you want it.")
    return agrees(f"Replace {database.path} by {source}? The present desk is kept as a backup.")


def _kept(folder: DataFolder, why: str) -> Path:
    stamp = system_clock().strftime("%Y%m%d-%H%M%S-%f")
    return folder.backups / f"{why}-{stamp}.db"
