# SPDX-License-Identifier: GPL-3.0-or-later
"""People who sign in anew for each call, for tests whose clock outlasts every session."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from helpdesk.client.help_desk import HelpDesk


class _Seat:
    def __init__(self, sign_in: Callable[[str], HelpDesk], username: str) -> None:
        self._sign_in = sign_in
        self._username = username

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sign_in(self._username), name)


def seated(sign_in: Callable[[str], HelpDesk], username: str) -> HelpDesk:
    """Return somebody's facade that never ends, whatever the clock says."""
    return cast("HelpDesk", _Seat(sign_in, username))
