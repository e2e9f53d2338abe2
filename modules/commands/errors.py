"""The error of a command."""


class CommandError(Exception):
    """Something a person can mend; the message says what, where, and how. It is shown without a traceback."""
