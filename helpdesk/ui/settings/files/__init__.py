# SPDX-License-Identifier: GPL-3.0-or-later
"""Where admins set how large files on tickets may be."""
