# SPDX-License-Identifier: GPL-3.0-or-later
"""Lets ``python -m helpdesk`` do what the ``helpdesk`` command does."""

from __future__ import annotations

import sys

from helpdesk.cli import main

if __name__ == "__main__":
    sys.exit(main())
