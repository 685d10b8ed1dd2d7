# SPDX-License-Identifier: GPL-3.0-or-later
"""Pure: writes a report as CSV or PDF, and tickets as lines of a file."""
