# SPDX-License-Identifier: GPL-3.0-or-later
"""Where admins set up which fields tickets have besides the usual ones."""
