# SPDX-License-Identifier: GPL-3.0-or-later
"""The section in which admins take tickets in, and the whole desk out."""
