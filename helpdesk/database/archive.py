# SPDX-License-Identifier: GPL-3.0-or-later
"""What the file of a whole desk looks like: a zip of a manifest, tables as lines, and files.

``docs/import-and-export.md`` describes it for whoever reads one without this program.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from helpdesk.database.copying import COPIED, OF_EACH_DATABASE

FORMAT: Final = "helpdesk-desk"
FORMAT_VERSION: Final = 1
MANIFEST = "manifest.json"
LARGEST_MANIFEST = 64 * 1024 * 1024
LONGEST_LINE = 64 * 1024 * 1024
MOST_RATIO, RATIO_ALLOWANCE = 250, 32 * 1024 * 1024
"""A desk's texts shrink to a tenth or so; what unpacks to far more is made to fill a disk."""
CHUNK = 1024 * 1024

LEFT_OUT: Mapping[str, str] = {
    "second_factor": "a secret",
    "recovery_code": "a secret",
    "sign_in_failure": "of the security of this desk alone",
    "sign_in_source": "of the security of this desk alone",
    "api_key": "a secret",
    "outbox_message": "another desk must not send it once more, and it may hold codes",
    "outbox_file": "belongs to what is to be sent",
    "outbox_attachment": "belongs to what is to be sent",
}
"""Tables of a desk that are not exported, and why; everything else that is copied is."""
EXPORTED = tuple(table for table in COPIED if table not in LEFT_OUT)

SECRET_FACTS = ("rating_key", "source_salt", "sign_in_failures")
"""Facts that are good for this desk alone; one that imports makes its own."""
IDENTITY = "desk_id"
"""Mails are told apart by it and secrets are kept under it: no two desks may have one."""
FACTS_LEFT_OUT = frozenset((*SECRET_FACTS, IDENTITY, *OF_EACH_DATABASE))

IN_FILES: Mapping[str, tuple[str, str]] = {
    "attachment_piece": ("attachment", "attachment_id"),
    "article_image": ("article_image", "id"),
    "person_profile": ("picture", "person_id"),
}
"""Tables whose bytes lie in files: the folder, and the column that names the file."""

TABLE_NAME = re.compile(r"tables/([a-z_]{1,40})\.jsonl")
FILE_NAME = re.compile(r"files/(?:attachment|article_image|picture)/[1-9][0-9]{0,18}")

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Size = Annotated[int, Field(ge=0, le=2**50)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Member(_Part):
    """A file within the zip, as it is unpacked."""

    size: Size
    sha256: Digest


class Table(Member):
    """A table, a line of JSON for each row."""

    rows: Size


class Manifest(_Part):
    """What the zip holds; whatever it does not name is not in it."""

    format: Literal["helpdesk-desk"] = FORMAT
    version: int = FORMAT_VERSION
    program: str
    schema_version: str
    made_at: str
    with_passwords: bool
    tables: dict[str, Table]
    files: dict[str, Member]


def table_member(table: str) -> str:
    """Return the name of a table's file within the zip."""
    return f"tables/{table}.jsonl"
