"""The compiler of the RPC language: a .x file becomes a Python module.

Source to tokens (``preprocessor``, ``lexer``), tokens to declarations (``parser``, ``declarations``), what they mean
(``meaning``, ``checks``), and what is written for them (``types``, ``codecs``, ``programs``, with ``layout``).
Only ``compiling`` knows them all. Nothing here knows sockets, servers or clients.
"""
