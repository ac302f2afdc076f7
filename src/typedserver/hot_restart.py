"""Hot restart for programs that do by themselves what the command line does: its public names, and nothing else.

``service/hot_restart.py`` is the old process, ``service/taking_over.py`` the new one.
"""

from typedserver.service.hot_restart import HotRestart, RestartFailed
from typedserver.service.taking_over import take_over

__all__ = ["HotRestart", "RestartFailed", "take_over"]
