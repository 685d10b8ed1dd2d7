# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that are put on tickets, and those that stand there."""
