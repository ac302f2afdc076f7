"""What ``typedserver.compat`` is composed of: the standard library's classes over this library's engine.

The classes here are complete, annotated and importable, but they are not the public ones: ``compat.py`` composes those
from these, under whatever module name it runs. Nothing here may import ``typedserver.compat`` or, while the program
runs, ``socketserver``: the one may be running under the name of the other.
"""
