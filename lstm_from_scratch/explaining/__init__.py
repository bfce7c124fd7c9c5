"""What a module or a call is, in words and shapes, and what is wrong with one that fails."""

from .explanation import Explanation, explain

__all__ = ["Explanation", "explain"]
