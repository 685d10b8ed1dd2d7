# SPDX-License-Identifier: GPL-3.0-or-later
"""Who works together, and who of them is there."""
