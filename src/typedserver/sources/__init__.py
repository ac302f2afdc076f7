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
from typedserver.sources.sql_delivery import SQLDelivery as SQLDelivery
from typedserver.sources.sql_layout import LeaseColumns as LeaseColumns
from typedserver.sources.sql_table import SQLTable as SQLTable
from typedserver.sources.sql_table import create_table as create_table
from typedserver.sources.sql_table import redeliver as redeliver

__all__ = [
    "BaseSource",
    "Delivery",
    "Gettable",
    "LeaseColumns",
    "Leased",
    "Polled",
    "QueueSource",
    "Retries",
    "SQLDelivery",
    "SQLTable",
    "Source",
    "Spool",
    "create_table",
    "redeliver",
]
