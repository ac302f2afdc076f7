"""The contracts: what an endpoint, a handler, a strategy, a reactor and a server promise one another.

Typing only, one file for each side. No class here has a body that runs, and nothing here imports another folder. An
object fits a contract by its shape. Every member that the library calls stands in a contract.
"""
