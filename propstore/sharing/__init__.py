"""Sharing the work: what many ask for is computed once."""

from propstore.sharing.cached_function import CachedFunction
from propstore.sharing.demand import at_least, at_most
from propstore.sharing.explanation import MissExplanation
from propstore.sharing.function_call import FunctionCall
from propstore.sharing.outcomes import Outcome, Outcomes
from propstore.sharing.record_identity import RecordIdentity
from propstore.sharing.request import Request

__all__ = [
    "CachedFunction",
    "FunctionCall",
    "MissExplanation",
    "Outcome",
    "Outcomes",
    "RecordIdentity",
    "Request",
    "at_least",
    "at_most",
]
