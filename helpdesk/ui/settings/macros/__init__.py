# SPDX-License-Identifier: GPL-3.0-or-later
"""Where people keep their canned replies, and managers those of all."""
