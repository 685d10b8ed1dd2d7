# SPDX-License-Identifier: GPL-3.0-or-later
"""What asks a language model, and what keeps its answers harmless; it knows no desk."""
