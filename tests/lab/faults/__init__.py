# SPDX-License-Identifier: Apache-2.0
"""Faults in the lab: the matrix of daemons and deeds (matrix.py), and random chaos (chaos.py)."""
