# SPDX-License-Identifier: GPL-3.0-or-later
"""The pages of the sign-in window, and the parts they share with the settings."""
