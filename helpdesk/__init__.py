# SPDX-License-Identifier: GPL-3.0-or-later
"""IT Help Desk: a native desktop program for support teams."""

__version__ = "0.1.0"
