# SPDX-License-Identifier: GPL-3.0-or-later
"""Tickets as a board: a column for each status, and cards that are moved between them."""
