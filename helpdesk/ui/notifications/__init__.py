# SPDX-License-Identifier: GPL-3.0-or-later
"""What tells people in the window: the bell and its list, cards, the system's messages, a sound."""
