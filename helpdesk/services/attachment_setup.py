# SPDX-License-Identifier: GPL-3.0-or-later
"""How large files may be: the environment comes first, then what an admin set, then files."""

from __future__ import annotations

import json

from helpdesk.core.schemas.attachments import AttachmentLimits, AttachmentLimitsChange
from helpdesk.core.settings import AttachmentSettings, Settings
from helpdesk.repositories.facts import ATTACHMENT_SETTINGS, FactRepository
from helpdesk.services.kept_settings import in_force, read_kept, wanted_of

_SECTION = "attachments"


def attachments_of(settings: Settings, facts: FactRepository) -> AttachmentSettings:
    """Return what is in force at this moment."""
    return in_force(_SECTION, settings.attachments, facts.get(ATTACHMENT_SETTINGS))[0]


def limits_of(settings: Settings, facts: FactRepository) -> AttachmentLimits:
    """Return what is in force, and what would be without an admin."""
    own = settings.attachments
    section, fixed = in_force(_SECTION, own, facts.get(ATTACHMENT_SETTINGS))
    return AttachmentLimits(
        limit_mb=section.limit_mb, default_mb=own.limit_mb, fixed=tuple(sorted(fixed))
    )


def keep_limits(settings: Settings, facts: FactRepository, change: AttachmentLimitsChange) -> None:
    """Keep what an admin changed; what is as the files have it is not kept. Raises ``Invalid``."""
    own, kept = settings.attachments, facts.get(ATTACHMENT_SETTINGS)
    section, fixed = in_force(_SECTION, own, kept)
    merged = {**read_kept(kept), **wanted_of(change, section, fixed, without="")}
    files = own.model_dump(mode="json")
    differing = {name: value for name, value in merged.items() if value != files.get(name)}
    facts.set(ATTACHMENT_SETTINGS, json.dumps(differing))
