"""Messages: framings, codecs, and the functions of messages that they make handlers of.

All of it is sans-IO. Nothing here knows a socket, a loop, a strategy or a server.
"""

from typedserver.messages.framed import Framed as Framed
from typedserver.messages.framings import Lines as Lines
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
