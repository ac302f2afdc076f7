"""Sources: endpoints whose requests come from a table, a queue, a folder or a broker instead of a socket.

A source knows nothing of handlers, strategies or loops. What it needs beside the standard library is an extra, and is
imported where it is used.
"""

from typedserver.protocols.sources import Delivery as Delivery
from typedserver.protocols.sources import Leased as Leased
from typedserver.protocols.sources import Source as Source
from typedserver.sources.base import BaseSource as BaseSource
from typedserver.sources.polled import Polled as Polled
from typedserver.sources.queue_source import Gettable as Gettable
from typedserver.sources.queue_source import QueueSource as QueueSource
from typedserver.sources.retries import Retries as Retries
from typedserver.sources.spool import Spool as Spool

__all__ = ["BaseSource", "Delivery", "Gettable", "Leased", "Polled", "QueueSource", "Retries", "Source", "Spool"]
