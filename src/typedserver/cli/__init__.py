"""The command line: ``typedserver``, and ``python -m typedserver`` the same.

It may import everything, and nothing imports it. ``settings.py`` is the one place where an option of ``serve`` is
declared: arguments, keys of the config file, JSON Schema, completions and the tables of the documentation are made of
that. What a command needs of another package is an extra, and imported when the command runs.
"""

from typedserver.cli.commands import main as main
from typedserver.cli.mistakes import UsageError as UsageError
