# SPDX-License-Identifier: GPL-3.0-or-later
"""What is done again and again beside people's work, by whichever process comes first."""
