"""Who may come, and who it is: wrappers of endpoints, and the authenticators that one of them calls.

They do their I/O in ``establish``, before any handler. They must not know what runs the server, or what answers.
"""
