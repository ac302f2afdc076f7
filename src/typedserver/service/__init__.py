"""A program as a service of a manager: readiness, watchdog, hot restart.

``typedserver.hot_restart`` has the names that programs use.
"""
