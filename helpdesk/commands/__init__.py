# SPDX-License-Identifier: GPL-3.0-or-later
"""What the ``helpdesk`` command does besides opening the window, one module a subject."""
