"""ONC RPC: programs that are called over TCP and UDP, their values as XDR, and the compiler of .x files.

It may import everything but the command line. `import typedserver` does not load it.
"""
