# SPDX-License-Identifier: GPL-3.0-or-later
"""What the desk does by itself: escalation steps and automation rules, tried before they count."""
