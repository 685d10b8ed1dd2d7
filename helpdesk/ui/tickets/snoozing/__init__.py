# SPDX-License-Identifier: GPL-3.0-or-later
"""Snoozing in the window, apart from the ticket itself, which only says so."""
