# SPDX-License-Identifier: GPL-3.0-or-later
"""Undoing what one did to tickets, the list of it, and the trash."""
