"""What the user of the command line has done wrong: the program says so in a line, and ends with status 2."""

from typedserver.errors import TypedServerError


class UsageError(TypedServerError):
    """The command line, or its config file, asks for something that cannot be done; the text has the remedy."""
