# SPDX-License-Identifier: GPL-3.0-or-later
"""The Help Desk API: the operations of the desk over HTTP, for workstations and other systems."""
