# SPDX-License-Identifier: GPL-3.0-or-later
"""Tickets as a table: columns that are chosen, moved and sorted by."""
