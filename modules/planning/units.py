"""What one unit has of another."""

MIB_PER_GIB = 1024
HOURS_PER_MONTH = 730
"""As AWS's own calculator takes it: 365 x 24 / 12."""
