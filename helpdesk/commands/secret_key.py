# SPDX-License-Identifier: GPL-3.0-or-later
"""``helpdesk secret-key``: makes a key that secrets in the database are encrypted with."""

from __future__ import annotations

from argparse import Namespace

from helpdesk.commands.place import Place
from helpdesk.commands.terminal import say
from helpdesk.services.secret_box import new_key


def show(_place: Place, _options: Namespace) -> int:
    """Print a new key, and nothing else, so that a script can take it; it is kept nowhere."""
    say(new_key())
    return 0
