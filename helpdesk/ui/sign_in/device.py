# SPDX-License-Identifier: GPL-3.0-or-later
"""What a workstation is called in its person's list of sessions."""

from __future__ import annotations

import platform

_LONGEST = 200


def device_words() -> str:
    """Say on which machine this is, for the person's own list of sessions."""
    system = {"Darwin": "macOS"}.get(platform.system(), platform.system())
    return f"{platform.node() or 'a computer'} ({system})"[:_LONGEST]
