# SPDX-License-Identifier: GPL-3.0-or-later
"""The operations of the desk, one class for each kind of thing, and their executor."""
