"""What people say of regions, and how two sources of them compare."""

from lens.reviewing.comparing import CategoryScore, Comparison
from lens.reviewing.reviewing import Proposal, Reviewing

__all__ = ["CategoryScore", "Comparison", "Proposal", "Reviewing"]
