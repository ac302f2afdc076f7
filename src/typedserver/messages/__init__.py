"""Messages: framings, codecs, and the functions of messages that they make handlers of.

All of it is sans-IO. Nothing here knows a socket, a loop, a strategy or a server.
"""
