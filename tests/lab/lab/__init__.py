# SPDX-License-Identifier: Apache-2.0
"""The lab: a cluster of nodes in namespaces on one machine, with real corosync (see README.md)."""
