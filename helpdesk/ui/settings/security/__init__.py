# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of signing in, as admins set them."""
