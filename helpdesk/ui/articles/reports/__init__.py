# SPDX-License-Identifier: GPL-3.0-or-later
"""What the knowledge base lacks, what is broken in it, and what it did."""
