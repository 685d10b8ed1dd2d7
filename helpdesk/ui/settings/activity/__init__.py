# SPDX-License-Identifier: GPL-3.0-or-later
"""What was done by somebody and with their account."""
