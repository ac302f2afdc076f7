"""Messages: framings, codecs, and the functions of messages that they make handlers of.

All of it is sans-IO. Nothing here knows a socket, a loop, a strategy or a server.
"""

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
from typedserver.protocols.messages import Answer as Answer
from typedserver.protocols.messages import AnsweringExchange as AnsweringExchange
from typedserver.protocols.messages import AnsweringFraming as AnsweringFraming
from typedserver.protocols.messages import AnsweringHandler as AnsweringHandler
from typedserver.protocols.messages import BatchFraming as BatchFraming
from typedserver.protocols.messages import Codec as Codec
from typedserver.protocols.messages import ForeseeingFraming as ForeseeingFraming
from typedserver.protocols.messages import Framing as Framing
from typedserver.protocols.messages import Last as Last
from typedserver.protocols.messages import MeasurableExchange as MeasurableExchange
from typedserver.protocols.messages import MessageExchange as MessageExchange
from typedserver.protocols.messages import Pending as Pending
from typedserver.protocols.messages import Reply as Reply
from typedserver.protocols.messages import Unfinished as Unfinished
