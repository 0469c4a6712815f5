"""Bailee keeps the personal data that a hosting provider touches.

The law of this package: nothing sealed is opened without a grant, and only the monitor makes
grants, after it has decided and recorded.  ARCHITECTURE.md walks one datum through the rooms.
"""

__version__ = "0.1.0"
