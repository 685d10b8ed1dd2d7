#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes a desk from a checkout: ``helpdesk init-db`` after setting up what it needs."""

from __future__ import annotations

import bootstrap


def main(arguments: list[str]) -> int:
    """Pass everything on, such as ``--demo`` or ``--data-dir DIR``, and return the exit code."""
    bootstrap.prepare("runtime", "offscreen")
    return bootstrap.become([str(bootstrap.program("helpdesk")), "init-db", *arguments])


if __name__ == "__main__":
    bootstrap.run_script(main)
