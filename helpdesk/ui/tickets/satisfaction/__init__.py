# SPDX-License-Identifier: GPL-3.0-or-later
"""How the requester found the solution: where it is asked, and where the staff read it."""
