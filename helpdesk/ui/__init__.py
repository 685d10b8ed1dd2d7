# SPDX-License-Identifier: GPL-3.0-or-later
"""The desktop's windows; nothing else in the program imports PyQt5."""
