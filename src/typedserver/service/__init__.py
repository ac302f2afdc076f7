"""A program as a service of a manager: readiness, watchdog, hot restart.

``HotRestart`` and ``take_over`` are for programs that do themselves what the command line does.
"""

from typedserver.service.hot_restart import HotRestart as HotRestart
from typedserver.service.hot_restart import RestartFailed as RestartFailed
from typedserver.service.taking_over import take_over as take_over

__all__ = ["HotRestart", "RestartFailed", "take_over"]
