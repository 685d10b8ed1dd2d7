# SPDX-License-Identifier: GPL-3.0-or-later
"""The panels beside a ticket, in their order from above."""

from __future__ import annotations

from helpdesk.ui.tickets.panels.panel import TicketPanel

PANELS: tuple[type[TicketPanel], ...] = ()
