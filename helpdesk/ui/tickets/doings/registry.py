# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be done with a ticket besides its buttons, in the order of its menu."""

from __future__ import annotations

from helpdesk.ui.tickets.doings.doing import Doing

DOINGS: tuple[Doing, ...] = ()
