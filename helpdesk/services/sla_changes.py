# SPDX-License-Identifier: GPL-3.0-or-later
"""Says that service levels have changed: to open windows, and to what measures open tickets."""

from __future__ import annotations

import secrets

from helpdesk.repositories.desk_changes import SLA
from helpdesk.repositories.policies import SLA_CHANGED
from helpdesk.services.work import Transacted


def sla_changed(desk: Transacted, id_: int) -> None:
    """Tell of a calendar or a policy by which tickets are measured otherwise from now on."""
    desk.facts.set(SLA_CHANGED, secrets.token_hex(8))
    desk.changed(SLA, id_)
