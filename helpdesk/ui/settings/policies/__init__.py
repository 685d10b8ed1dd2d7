# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings of service levels: which tickets must be answered and solved within what time."""
