# SPDX-License-Identifier: GPL-3.0-or-later
"""Canned replies where replies are written: finding one, seeing what it says, using it."""
