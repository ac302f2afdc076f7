"""Typed network servers: a composition of endpoint, handler and strategy."""

from typedserver.config import Deadlines as Deadlines
from typedserver.config import Limits as Limits
from typedserver.config import StreamConfig as StreamConfig
from typedserver.draining import DrainReport as DrainReport
from typedserver.drive import drive as drive
from typedserver.endpoints.inherited import Inherited as Inherited
from typedserver.endpoints.tcp import TCP as TCP
from typedserver.endpoints.udp import UDP as UDP
from typedserver.endpoints.unix import UnixDatagram as UnixDatagram
from typedserver.endpoints.unix import UnixStream as UnixStream
from typedserver.errors import ChildFailed as ChildFailed
from typedserver.errors import CompositionError as CompositionError
from typedserver.errors import CrashLoop as CrashLoop
from typedserver.errors import DatagramTooLong as DatagramTooLong
from typedserver.errors import ForeignAwaitable as ForeignAwaitable
from typedserver.errors import IncompleteRead as IncompleteRead
from typedserver.errors import LifecycleError as LifecycleError
from typedserver.errors import LineTooLong as LineTooLong
from typedserver.errors import ListenError as ListenError
from typedserver.errors import PeerTimedOut as PeerTimedOut
from typedserver.errors import ReadLimitExceeded as ReadLimitExceeded
from typedserver.errors import RecipeError as RecipeError
from typedserver.errors import TypedServerError as TypedServerError
from typedserver.events import Accepted as Accepted
from typedserver.events import AcceptFailed as AcceptFailed
from typedserver.events import Closed as Closed
from typedserver.events import Drained as Drained
from typedserver.events import Draining as Draining
from typedserver.events import Event as Event
from typedserver.events import Finished as Finished
from typedserver.events import Listening as Listening
from typedserver.events import LogObserver as LogObserver
from typedserver.events import Observer as Observer
from typedserver.events import Outcome as Outcome
from typedserver.events import Refused as Refused
from typedserver.events import Started as Started
from typedserver.group import Group as Group
from typedserver.handlers.adapters import datagram_handler as datagram_handler
from typedserver.handlers.adapters import from_stdlib as from_stdlib
from typedserver.handlers.adapters import stream_handler as stream_handler
from typedserver.handlers.base import BaseRequestHandler as BaseRequestHandler
from typedserver.handlers.base import DatagramRequestHandler as DatagramRequestHandler
from typedserver.handlers.base import StreamRequestHandler as StreamRequestHandler
from typedserver.lifecycle import State as State
from typedserver.lifetime import Attachment as Attachment
from typedserver.prefork import Prefork as Prefork
from typedserver.protocols import Address as Address
from typedserver.protocols import AnyServer as AnyServer
from typedserver.protocols import ConcurrencyStrategy as ConcurrencyStrategy
from typedserver.protocols import DatagramRequest as DatagramRequest
from typedserver.protocols import Dispatcher as Dispatcher
from typedserver.protocols import Endpoint as Endpoint
from typedserver.protocols import HandlerFactory as HandlerFactory
from typedserver.protocols import InetAddress as InetAddress
from typedserver.protocols import Listener as Listener
from typedserver.protocols import ListeningServer as ListeningServer
from typedserver.protocols import Reactor as Reactor
from typedserver.protocols import RequestProcessor as RequestProcessor
from typedserver.protocols import ServerContext as ServerContext
from typedserver.protocols import StreamRequest as StreamRequest
from typedserver.protocols import TimerHandle as TimerHandle
from typedserver.protocols import UnixAddress as UnixAddress
from typedserver.reactor import SelectorReactor as SelectorReactor
from typedserver.server import Server as Server
from typedserver.server import ServerConfig as ServerConfig
from typedserver.serving import Exit as Exit
from typedserver.strategies.asyncio import Asyncio as Asyncio
from typedserver.strategies.bounded import Bounded as Bounded
from typedserver.strategies.forks import Forks as Forks
from typedserver.strategies.inline import Inline as Inline
from typedserver.strategies.multiplexed import Multiplexed as Multiplexed
from typedserver.strategies.on_executor import OnExecutor as OnExecutor
from typedserver.strategies.thread_pool import ThreadPool as ThreadPool
from typedserver.strategies.threads import Threads as Threads
from typedserver.stream import Stream as Stream
from typedserver.waits import run_blocking as run_blocking
from typedserver.waits import sleep as sleep
from typedserver.waits import wait_draining as wait_draining

__all__ = [
    "TCP",
    "UDP",
    "AcceptFailed",
    "Accepted",
    "Address",
    "AnyServer",
    "Asyncio",
    "Attachment",
    "BaseRequestHandler",
    "Bounded",
    "ChildFailed",
    "Closed",
    "CompositionError",
    "ConcurrencyStrategy",
    "CrashLoop",
    "DatagramRequest",
    "DatagramRequestHandler",
    "DatagramTooLong",
    "Deadlines",
    "Dispatcher",
    "DrainReport",
    "Drained",
    "Draining",
    "Endpoint",
    "Event",
    "Exit",
    "Finished",
    "ForeignAwaitable",
    "Forks",
    "Group",
    "HandlerFactory",
    "IncompleteRead",
    "InetAddress",
    "Inherited",
    "Inline",
    "LifecycleError",
    "Limits",
    "LineTooLong",
    "ListenError",
    "Listener",
    "Listening",
    "ListeningServer",
    "LogObserver",
    "Multiplexed",
    "Observer",
    "OnExecutor",
    "Outcome",
    "PeerTimedOut",
    "Prefork",
    "Reactor",
    "ReadLimitExceeded",
    "RecipeError",
    "Refused",
    "RequestProcessor",
    "SelectorReactor",
    "Server",
    "ServerConfig",
    "ServerContext",
    "Started",
    "State",
    "Stream",
    "StreamConfig",
    "StreamRequest",
    "StreamRequestHandler",
    "ThreadPool",
    "Threads",
    "TimerHandle",
    "TypedServerError",
    "UnixAddress",
    "UnixDatagram",
    "UnixStream",
    "datagram_handler",
    "drive",
    "from_stdlib",
    "run_blocking",
    "sleep",
    "stream_handler",
    "wait_draining",
]
