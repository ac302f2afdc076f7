"""What secures connections, sans-IO: parsers, proofs and their arithmetic.

It must not know a socket, a stream or a server: it takes bytes, and says what they are and what to answer.
"""
