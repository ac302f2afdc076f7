"""Sources: endpoints whose requests come from a table, a queue, a folder or a broker instead of a socket.

A source knows nothing of handlers, strategies or loops. What it needs beside the standard library is an extra, and is
imported where it is used.
"""
