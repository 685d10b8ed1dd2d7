# SPDX-License-Identifier: GPL-3.0-or-later
"""The checklist of a ticket and the time spent on it, in the window."""
