# SPDX-License-Identifier: GPL-3.0-or-later
"""How one signs in: the password, the second factor, and where one is signed in now."""
