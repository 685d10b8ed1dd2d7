# SPDX-License-Identifier: GPL-3.0-or-later
"""How windows and commands reach the desk, wherever it runs."""
