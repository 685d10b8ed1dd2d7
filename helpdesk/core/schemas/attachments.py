# SPDX-License-Identifier: GPL-3.0-or-later
"""Files on their way to the desk and out of it, piece by piece."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from helpdesk.core.schemas.base import Request, Result
from helpdesk.core.schemas.ticket_work import AttachmentView
from helpdesk.core.text import only_text

PIECE_BYTES = 256 * 1024
"""How much of a file travels at once; the last piece of each is shorter."""
LARGEST_SIZE = 2**40
"""More than any desk can be set to take, so that a number is one that databases can hold."""
FILES_AT_ONCE = 20
"""So many files at the most come with one ticket or comment."""
UNKNOWN_TYPE = "application/octet-stream"

_TYPE = r"^[a-z0-9][a-z0-9.+-]{0,60}/[a-z0-9][a-z0-9.+_-]{0,100}$"
_NAME_TAKEN = 2000
_BASE64_PIECE = (PIECE_BYTES + 2) // 3 * 4

MediaType = Annotated[str, StringConstraints(pattern=_TYPE, to_lower=True)]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


def _shortened(value: str) -> str:
    """Keep the end of a name that is too long for any file: what it ends with says most."""
    return value[-_NAME_TAKEN:]


class NewAttachment(Request):
    """A file that somebody is about to send."""

    name: Annotated[str, BeforeValidator(only_text), AfterValidator(_shortened)]
    """What it is called where it comes from; it is made safe, and no path of it is kept."""
    size: Annotated[int, Field(ge=1, le=LARGEST_SIZE)] | None = None
    """In bytes; ``None`` where nobody knows before the end."""
    media_type: MediaType = UNKNOWN_TYPE


class AttachmentLimits(Result):
    """How large files may be, by default and now."""

    limit_mb: int
    default_mb: int
    """What holds where no admin has set another limit."""
    fixed: tuple[str, ...]
    """What the environment sets, so that nothing else does."""
    files_at_once: int = FILES_AT_ONCE


class AttachmentLimitsChange(Request):
    """What to change; only fields that are set are touched."""

    limit_mb: Annotated[int, Field(ge=1, le=1024)] | None = None


class Upload(Result):
    """What a file that is being sent is known by."""

    key: str
    """Its random id: 128 bits as hexadecimal digits."""
    name: str
    """What it will be called."""
    piece_bytes: int
    """How many bytes each piece has but the last one, which has what is left."""


class NewPiece(Request):
    """The bytes of a piece, in Base64."""

    data: Annotated[str, StringConstraints(min_length=1, max_length=_BASE64_PIECE)] = Field(
        repr=False
    )


class UploadEnd(Request):
    """What all pieces together have to be."""

    size: Annotated[int, Field(ge=1, le=LARGEST_SIZE)]
    sha256: Sha256


class AttachmentPart(Result):
    """One piece of a file, and what the whole of it is."""

    attachment: AttachmentView
    sha256: str
    data: str = Field(repr=False)
    """In Base64."""
    more: bool
    """Whether another piece follows."""
