# SPDX-License-Identifier: GPL-3.0-or-later
"""Reckons in business hours: calendars, and what a ticket's clocks have counted."""
