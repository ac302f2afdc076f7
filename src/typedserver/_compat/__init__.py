"""The bodies of ``typedserver.compat``'s classes: the standard library's hooks, over this library's loop.

The classes here are complete and checked by the type checkers, but a program never meets them: ``compat.py`` composes
the public classes from their bodies, under the name of the module that runs it. A module in this folder must not import
``typedserver.compat``, nor ``socketserver`` while a program runs, because one may be running under the other's name.
"""
