"""Refusal of numbers that mean nothing, in words."""

import math


def positive(**values: float) -> None:
    """
    Raises:
        ValueError: a value is not a finite number above 0.
    """
    for name, value in values.items():
        if not (math.isfinite(value) and value > 0):
            raise ValueError(f"{_words(name)} is {value:g}; it should be a number above 0")


def not_negative(**values: float) -> None:
    """
    Raises:
        ValueError: a value is not a finite number of 0 or more.
    """
    for name, value in values.items():
        if not (math.isfinite(value) and value >= 0):
            raise ValueError(f"{_words(name)} is {value:g}; it should be 0 or more")


def percentage(**values: float) -> None:
    """
    Raises:
        ValueError: a value is not above 0 and at most 100.
    """
    for name, value in values.items():
        if not 0 < value <= 100:
            raise ValueError(f"{_words(name)} is {value:g}; it should be above 0 and at most 100")


def _words(name: str) -> str:
    return name.replace("_", " ")
