# SPDX-License-Identifier: GPL-3.0-or-later
"""What the rules of a desk ask and say, apart from any database."""
