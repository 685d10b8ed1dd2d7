# SPDX-License-Identifier: GPL-3.0-or-later
"""How mail is set up at this moment."""

from __future__ import annotations

import json

from helpdesk.core.settings import Settings
from helpdesk.repositories.facts import FactRepository

FACT = "mail_settings"
"""What an admin has set, as JSON."""


def mail_is_on(_settings: Settings, facts: FactRepository) -> bool:
    """Return whether the desk sends mail, by one short look at what an admin has set."""
    kept = facts.get(FACT)
    return bool(json.loads(kept).get("enabled")) if kept else False
