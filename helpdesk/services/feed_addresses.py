# SPDX-License-Identifier: GPL-3.0-or-later
"""Shows addresses of subscribed holidays to those who may not change them: many hold a secret."""

from __future__ import annotations

import hashlib
from urllib.parse import urlsplit

_PATH_SHOWN, _MARK = 5, 4
"""So much of a path tells no secret; so much of a digest tells two files of one host apart."""


def shortened(url: str) -> str:
    """Return whose file it is: 'https://cal.example/ical...1f3a', the same whenever it is asked."""
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port else ""
    mark = hashlib.sha256(url.encode()).hexdigest()[:_MARK]
    return f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path[:_PATH_SHOWN]}...{mark}"
