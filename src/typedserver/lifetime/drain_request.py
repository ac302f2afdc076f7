"""How long a drain waits for what cannot be waited for without a limit."""

from typing import Final

# How long those that were cut have for their ``finally`` clauses. They wait for nothing of their peers any more, so
# this is much; who needs more computes, or waits for something else, and the stop waits no longer.
CUT_GRACE: Final = 1.0

# Where the kernel can not be had to refuse new connections, clients that come on and on would keep the queue from ever
# being quiet: what has come by then is served, and no more.
LEAKING_LIMIT: Final = 1.0
