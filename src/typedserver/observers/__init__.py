"""Observers: what becomes of events outside of the program, as metrics, as spans and as lines of a log.

They know events and the contracts of what these name, never a server's parts, a handler or a strategy. What an observer
needs beside the standard library is an extra, and is imported where it is used.
"""
