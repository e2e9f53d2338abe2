"""The errors of an estimate."""


class CostError(Exception):
    """No estimate can be made; the message says why, and what a person can do about it."""


class NoPriceError(Exception):
    """The book has no such price for the region; the message says which."""
