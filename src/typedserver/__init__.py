"""Typed network servers: a composition of endpoint, handler and strategy.

Each name is imported when it is first asked for, so a program loads what it uses: a forked child copies less memory.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typedserver.access.authenticated import Authenticated as Authenticated
    from typedserver.access.authenticated import Authenticator as Authenticator
    from typedserver.access.client_certificate import ClientCertificate as ClientCertificate
    from typedserver.access.credentials import Credentials as Credentials
    from typedserver.access.credentials import PeerCredentials as PeerCredentials
    from typedserver.access.filtered import Filtered as Filtered
    from typedserver.access.hmac_challenge import HMACChallenge as HMACChallenge
    from typedserver.access.hmac_challenge import answer_challenge as answer_challenge
    from typedserver.access.proxy_protocol import ProxyProtocol as ProxyProtocol
    from typedserver.access.scram import Scram as Scram
    from typedserver.access.scram import ScramSecret as ScramSecret
    from typedserver.access.scram import ScramStore as ScramStore
    from typedserver.access.scram_client import scram_login as scram_login
    from typedserver.access.sealed import Sealed as Sealed
    from typedserver.access.sealed_client import SealedSocket as SealedSocket
    from typedserver.access.tls import TLS as TLS
    from typedserver.access.token import Token as Token
    from typedserver.config import Deadlines as Deadlines
    from typedserver.config import Limits as Limits
    from typedserver.config import StreamConfig as StreamConfig
    from typedserver.control.control import Control as Control
    from typedserver.control.operated import Operated as Operated
    from typedserver.control.operator_page import OperatorPage as OperatorPage
    from typedserver.coroutines.broadcast import broadcast as broadcast
    from typedserver.coroutines.connect import ClientStream as ClientStream
    from typedserver.coroutines.connect import connect as connect
    from typedserver.coroutines.datagrams import DatagramContext as DatagramContext
    from typedserver.coroutines.drive import drive as drive
    from typedserver.coroutines.event import Event as Event
    from typedserver.coroutines.exact import ExactStream as ExactStream
    from typedserver.coroutines.lock import Lock as Lock
    from typedserver.coroutines.lock import Semaphore as Semaphore
    from typedserver.coroutines.queue import Queue as Queue
    from typedserver.coroutines.runner import Task as Task
    from typedserver.coroutines.stream import Stream as Stream
    from typedserver.coroutines.tasks import TaskGroup as TaskGroup
    from typedserver.coroutines.timeouts import Timeout as Timeout
    from typedserver.coroutines.timeouts import timeout as timeout
    from typedserver.coroutines.waits import Cancelled as Cancelled
    from typedserver.coroutines.waits import run_blocking as run_blocking
    from typedserver.coroutines.waits import sleep as sleep
    from typedserver.coroutines.waits import wait_draining as wait_draining
    from typedserver.endpoints.bases import BaseEndpoint as BaseEndpoint
    from typedserver.endpoints.bases import BaseListener as BaseListener
    from typedserver.endpoints.bases import EndpointWrapper as EndpointWrapper
    from typedserver.endpoints.bases import ListenerWrapper as ListenerWrapper
    from typedserver.endpoints.inherited import Inherited as Inherited
    from typedserver.endpoints.tcp import TCP as TCP
    from typedserver.endpoints.tcp import Keepalive as Keepalive
    from typedserver.endpoints.udp import UDP as UDP
    from typedserver.endpoints.unix import UnixDatagram as UnixDatagram
    from typedserver.endpoints.unix import UnixStream as UnixStream
    from typedserver.errors import AddressDenied as AddressDenied
    from typedserver.errors import AuthenticationFailed as AuthenticationFailed
    from typedserver.errors import CannotMeet as CannotMeet
    from typedserver.errors import ChildFailed as ChildFailed
    from typedserver.errors import CompositionError as CompositionError
    from typedserver.errors import ConnectError as ConnectError
    from typedserver.errors import ConnectTimedOut as ConnectTimedOut
    from typedserver.errors import CrashLoop as CrashLoop
    from typedserver.errors import DatagramTooLong as DatagramTooLong
    from typedserver.errors import FileTruncated as FileTruncated
    from typedserver.errors import ForeignAwaitable as ForeignAwaitable
    from typedserver.errors import FramingError as FramingError
    from typedserver.errors import HandshakeFailed as HandshakeFailed
    from typedserver.errors import IncompleteMessage as IncompleteMessage
    from typedserver.errors import IncompleteRead as IncompleteRead
    from typedserver.errors import LeaseLost as LeaseLost
    from typedserver.errors import LifecycleError as LifecycleError
    from typedserver.errors import LineTooLong as LineTooLong
    from typedserver.errors import ListenError as ListenError
    from typedserver.errors import PacketRefused as PacketRefused
    from typedserver.errors import PeerTimedOut as PeerTimedOut
    from typedserver.errors import ProcessDied as ProcessDied
    from typedserver.errors import ProxyHeaderRefused as ProxyHeaderRefused
    from typedserver.errors import QueueClosed as QueueClosed
    from typedserver.errors import ReadLimitExceeded as ReadLimitExceeded
    from typedserver.errors import RecipeError as RecipeError
    from typedserver.errors import Rejected as Rejected
    from typedserver.errors import RequestOverdue as RequestOverdue
    from typedserver.errors import RequestRefused as RequestRefused
    from typedserver.errors import RolledBack as RolledBack
    from typedserver.errors import SlowPeer as SlowPeer
    from typedserver.errors import SourceFailed as SourceFailed
    from typedserver.errors import TriedTooOften as TriedTooOften
    from typedserver.errors import TypedServerError as TypedServerError
    from typedserver.events import Accepted as Accepted
    from typedserver.events import AcceptFailed as AcceptFailed
    from typedserver.events import Answered as Answered
    from typedserver.events import CertificateExpires as CertificateExpires
    from typedserver.events import Closed as Closed
    from typedserver.events import ContextObserver as ContextObserver
    from typedserver.events import Drained as Drained
    from typedserver.events import Draining as Draining
    from typedserver.events import DrainReport as DrainReport
    from typedserver.events import Established as Established
    from typedserver.events import Finished as Finished
    from typedserver.events import Listening as Listening
    from typedserver.events import LogObserver as LogObserver
    from typedserver.events import MessageObserver as MessageObserver
    from typedserver.events import Observer as Observer
    from typedserver.events import Outcome as Outcome
    from typedserver.events import Refused as Refused
    from typedserver.events import Reloaded as Reloaded
    from typedserver.events import ReloadFailed as ReloadFailed
    from typedserver.events import ReportingObserver as ReportingObserver
    from typedserver.events import SelectiveObserver as SelectiveObserver
    from typedserver.events import ServerEvent as ServerEvent
    from typedserver.events import Started as Started
    from typedserver.events import WorkerEnded as WorkerEnded
    from typedserver.events import WorkerStarted as WorkerStarted
    from typedserver.group import Group as Group
    from typedserver.handlers.classes import BaseRequestHandler as BaseRequestHandler
    from typedserver.handlers.classes import DatagramRequestHandler as DatagramRequestHandler
    from typedserver.handlers.classes import StreamRequestHandler as StreamRequestHandler
    from typedserver.handlers.datagram_handler import datagram_handler as datagram_handler
    from typedserver.handlers.from_stdlib import from_stdlib as from_stdlib
    from typedserver.handlers.message_handler import message_handler as message_handler
    from typedserver.handlers.stream_handler import stream_handler as stream_handler
    from typedserver.lifecycle import State as State
    from typedserver.lifetime.attachment import Attachment as Attachment
    from typedserver.lifetime.program import Exit as Exit
    from typedserver.lifetime.serving import Serving as Serving
    from typedserver.messages.bases import BaseExchange as BaseExchange
    from typedserver.messages.codecs import CodecOf as CodecOf
    from typedserver.messages.codecs import Text as Text
    from typedserver.messages.coded import Coded as Coded
    from typedserver.messages.framed import Framed as Framed
    from typedserver.messages.framing_of import FramingOf as FramingOf
    from typedserver.messages.framings import Chunks as Chunks
    from typedserver.messages.framings import FixedLength as FixedLength
    from typedserver.messages.framings import LengthPrefixed as LengthPrefixed
    from typedserver.messages.framings import Lines as Lines
    from typedserver.messages.framings import Netstrings as Netstrings
    from typedserver.messages.sessions import Push as Push
    from typedserver.messages.sessions import PushSessions as PushSessions
    from typedserver.messages.sessions import Sessions as Sessions
    from typedserver.messages.submitted import Submitted as Submitted
    from typedserver.observers.event_log import EventLog as EventLog
    from typedserver.observers.json_lines import JSONFormatter as JSONFormatter
    from typedserver.observers.opentelemetry import OpenTelemetry as OpenTelemetry
    from typedserver.observers.prometheus import Prometheus as Prometheus
    from typedserver.observers.several import Observers as Observers
    from typedserver.observers.structured import Structlog as Structlog
    from typedserver.observers.traced import Traced as Traced
    from typedserver.prefork.prefork import Prefork as Prefork
    from typedserver.protocols.endpoints import CertificateState as CertificateState
    from typedserver.protocols.endpoints import Endpoint as Endpoint
    from typedserver.protocols.endpoints import Listener as Listener
    from typedserver.protocols.endpoints import Refusal as Refusal
    from typedserver.protocols.endpoints import Withdrawal as Withdrawal
    from typedserver.protocols.files import SendableFile as SendableFile
    from typedserver.protocols.handlers import HandlerFactory as HandlerFactory
    from typedserver.protocols.handlers import HandlerMarks as HandlerMarks
    from typedserver.protocols.handlers import HasLifespan as HasLifespan
    from typedserver.protocols.handlers import MarkedHandler as MarkedHandler
    from typedserver.protocols.handlers import ServerContext as ServerContext
    from typedserver.protocols.handlers import ServerDeadlines as ServerDeadlines
    from typedserver.protocols.messages import Answer as Answer
    from typedserver.protocols.messages import AnsweringExchange as AnsweringExchange
    from typedserver.protocols.messages import AnsweringFraming as AnsweringFraming
    from typedserver.protocols.messages import AnsweringHandler as AnsweringHandler
    from typedserver.protocols.messages import BatchFraming as BatchFraming
    from typedserver.protocols.messages import Codec as Codec
    from typedserver.protocols.messages import ForeseeingFraming as ForeseeingFraming
    from typedserver.protocols.messages import Framing as Framing
    from typedserver.protocols.messages import Gathering as Gathering
    from typedserver.protocols.messages import GatheringFraming as GatheringFraming
    from typedserver.protocols.messages import Last as Last
    from typedserver.protocols.messages import MeasurableExchange as MeasurableExchange
    from typedserver.protocols.messages import MessageExchange as MessageExchange
    from typedserver.protocols.messages import Pending as Pending
    from typedserver.protocols.messages import Reply as Reply
    from typedserver.protocols.messages import Unfinished as Unfinished
    from typedserver.protocols.proxied import ProxiedTLS as ProxiedTLS
    from typedserver.protocols.proxied import ProxyHeader as ProxyHeader
    from typedserver.protocols.reactors import Reactor as Reactor
    from typedserver.protocols.reactors import ReleasesReaders as ReleasesReaders
    from typedserver.protocols.reactors import TimerHandle as TimerHandle
    from typedserver.protocols.requests import Address as Address
    from typedserver.protocols.requests import DatagramRequest as DatagramRequest
    from typedserver.protocols.requests import DatagramSocket as DatagramSocket
    from typedserver.protocols.requests import Identified as Identified
    from typedserver.protocols.requests import InetAddress as InetAddress
    from typedserver.protocols.requests import RequestKind as RequestKind
    from typedserver.protocols.requests import StreamRequest as StreamRequest
    from typedserver.protocols.requests import UnixAddress as UnixAddress
    from typedserver.protocols.servers import AnyServer as AnyServer
    from typedserver.protocols.servers import ListeningServer as ListeningServer
    from typedserver.protocols.sources import Delivery as Delivery
    from typedserver.protocols.sources import Leased as Leased
    from typedserver.protocols.sources import Source as Source
    from typedserver.protocols.strategies import Companion as Companion
    from typedserver.protocols.strategies import ConcurrencyStrategy as ConcurrencyStrategy
    from typedserver.protocols.strategies import Dispatcher as Dispatcher
    from typedserver.protocols.strategies import LiveRequest as LiveRequest
    from typedserver.protocols.strategies import Overdue as Overdue
    from typedserver.protocols.strategies import Place as Place
    from typedserver.protocols.strategies import PlainConnections as PlainConnections
    from typedserver.protocols.strategies import RequestProcessor as RequestProcessor
    from typedserver.reactor.selector_reactor import SelectorReactor as SelectorReactor
    from typedserver.security.certificates import Certificate as Certificate
    from typedserver.security.sealing import SealedClient as SealedClient
    from typedserver.security.tls_config import Identity as Identity
    from typedserver.security.tls_config import TLSConfig as TLSConfig
    from typedserver.server import Server as Server
    from typedserver.server import inet_address as inet_address
    from typedserver.server_config import ServerConfig as ServerConfig
    from typedserver.sockets.peers import InetPeer as InetPeer
    from typedserver.sockets.peers import UnixPeer as UnixPeer
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
    from typedserver.strategies.asyncio import Asyncio as Asyncio
    from typedserver.strategies.bases import BaseDispatcher as BaseDispatcher
    from typedserver.strategies.bases import BaseStrategy as BaseStrategy
    from typedserver.strategies.bases import DispatcherWrapper as DispatcherWrapper
    from typedserver.strategies.bases import ProcessorWrapper as ProcessorWrapper
    from typedserver.strategies.bases import StrategyWrapper as StrategyWrapper
    from typedserver.strategies.bounded import Bounded as Bounded
    from typedserver.strategies.forks import Forks as Forks
    from typedserver.strategies.inline import Inline as Inline
    from typedserver.strategies.multiplexed import Multiplexed as Multiplexed
    from typedserver.strategies.on_executor import OnExecutor as OnExecutor
    from typedserver.strategies.thread_pool import ThreadPool as ThreadPool
    from typedserver.strategies.threads import Threads as Threads

else:
    # Hidden from type checkers, because each name would exist for them then.
    from typedserver._exported import MODULES as _MODULES
    from typedserver._exported import ROOMS as _ROOMS

    def __getattr__(name: str) -> object:
        from importlib import import_module  # noqa: PLC0415 - only if a name is asked for that is not here

        if name in _MODULES:
            thing = getattr(import_module(f"typedserver.{_MODULES[name]}"), name)
        elif name in _ROOMS:
            thing = import_module(f"typedserver.{name}")
        else:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        globals()[name] = thing
        return thing

    def __dir__() -> list[str]:
        return sorted({*globals(), *_MODULES, *_ROOMS})


__version__ = "0.1.0"

# Without ``connect``, so that ``from typedserver import *`` does not take the place of a program's own.
__all__ = [
    "TCP",
    "TLS",
    "UDP",
    "AcceptFailed",
    "Accepted",
    "Address",
    "AddressDenied",
    "Answer",
    "Answered",
    "AnsweringExchange",
    "AnsweringFraming",
    "AnsweringHandler",
    "AnyServer",
    "Asyncio",
    "Attachment",
    "Authenticated",
    "AuthenticationFailed",
    "Authenticator",
    "BaseDispatcher",
    "BaseEndpoint",
    "BaseExchange",
    "BaseListener",
    "BaseRequestHandler",
    "BaseSource",
    "BaseStrategy",
    "BatchFraming",
    "Bounded",
    "Cancelled",
    "CannotMeet",
    "Certificate",
    "CertificateExpires",
    "CertificateState",
    "ChildFailed",
    "Chunks",
    "ClientCertificate",
    "ClientStream",
    "Closed",
    "Codec",
    "CodecOf",
    "Coded",
    "Companion",
    "CompositionError",
    "ConcurrencyStrategy",
    "ConnectError",
    "ConnectTimedOut",
    "ContextObserver",
    "Control",
    "CrashLoop",
    "Credentials",
    "DatagramContext",
    "DatagramRequest",
    "DatagramRequestHandler",
    "DatagramSocket",
    "DatagramTooLong",
    "Deadlines",
    "Delivery",
    "Dispatcher",
    "DispatcherWrapper",
    "DrainReport",
    "Drained",
    "Draining",
    "Endpoint",
    "EndpointWrapper",
    "Established",
    "Event",
    "EventLog",
    "ExactStream",
    "Exit",
    "FileTruncated",
    "Filtered",
    "Finished",
    "FixedLength",
    "ForeignAwaitable",
    "ForeseeingFraming",
    "Forks",
    "Framed",
    "Framing",
    "FramingError",
    "FramingOf",
    "Gathering",
    "GatheringFraming",
    "Gettable",
    "Group",
    "HMACChallenge",
    "HandlerFactory",
    "HandlerMarks",
    "HandshakeFailed",
    "HasLifespan",
    "Identified",
    "Identity",
    "IncompleteMessage",
    "IncompleteRead",
    "InetAddress",
    "InetPeer",
    "Inherited",
    "Inline",
    "JSONFormatter",
    "Keepalive",
    "Last",
    "LeaseColumns",
    "LeaseLost",
    "Leased",
    "LengthPrefixed",
    "LifecycleError",
    "Limits",
    "LineTooLong",
    "Lines",
    "ListenError",
    "Listener",
    "ListenerWrapper",
    "Listening",
    "ListeningServer",
    "LiveRequest",
    "Lock",
    "LogObserver",
    "MarkedHandler",
    "MeasurableExchange",
    "MessageExchange",
    "MessageObserver",
    "Multiplexed",
    "Netstrings",
    "Observer",
    "Observers",
    "OnExecutor",
    "OpenTelemetry",
    "Operated",
    "OperatorPage",
    "Outcome",
    "Overdue",
    "PacketRefused",
    "PeerCredentials",
    "PeerTimedOut",
    "Pending",
    "Place",
    "PlainConnections",
    "Polled",
    "Prefork",
    "ProcessDied",
    "ProcessorWrapper",
    "Prometheus",
    "ProxiedTLS",
    "ProxyHeader",
    "ProxyHeaderRefused",
    "ProxyProtocol",
    "Push",
    "PushSessions",
    "Queue",
    "QueueClosed",
    "QueueSource",
    "Reactor",
    "ReadLimitExceeded",
    "RecipeError",
    "Refusal",
    "Refused",
    "Rejected",
    "ReleasesReaders",
    "ReloadFailed",
    "Reloaded",
    "Reply",
    "ReportingObserver",
    "RequestKind",
    "RequestOverdue",
    "RequestProcessor",
    "RequestRefused",
    "Retries",
    "RolledBack",
    "SQLDelivery",
    "SQLTable",
    "Scram",
    "ScramSecret",
    "ScramStore",
    "Sealed",
    "SealedClient",
    "SealedSocket",
    "SelectiveObserver",
    "SelectorReactor",
    "Semaphore",
    "SendableFile",
    "Server",
    "ServerConfig",
    "ServerContext",
    "ServerDeadlines",
    "ServerEvent",
    "Serving",
    "Sessions",
    "SlowPeer",
    "Source",
    "SourceFailed",
    "Spool",
    "Started",
    "State",
    "StrategyWrapper",
    "Stream",
    "StreamConfig",
    "StreamRequest",
    "StreamRequestHandler",
    "Structlog",
    "Submitted",
    "TLSConfig",
    "Task",
    "TaskGroup",
    "Text",
    "ThreadPool",
    "Threads",
    "Timeout",
    "TimerHandle",
    "Token",
    "Traced",
    "TriedTooOften",
    "TypedServerError",
    "Unfinished",
    "UnixAddress",
    "UnixDatagram",
    "UnixPeer",
    "UnixStream",
    "Withdrawal",
    "WorkerEnded",
    "WorkerStarted",
    "answer_challenge",
    "broadcast",
    "create_table",
    "datagram_handler",
    "drive",
    "from_stdlib",
    "inet_address",
    "message_handler",
    "redeliver",
    "run_blocking",
    "scram_login",
    "sleep",
    "stream_handler",
    "timeout",
    "wait_draining",
]
