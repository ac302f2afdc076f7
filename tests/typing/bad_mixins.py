"""Mix-ins on servers that they cannot work with, and attributes of other types."""

import socketserver

from typedserver import mixins


class Datagrams(mixins.TLSMixIn, socketserver.UDPServer): ...  # error: [misc] (reportIncompatibleMethodOverride)


class Proxied(
    mixins.ProxyProtocolMixIn, socketserver.UDPServer
): ...  # error: [misc] (reportIncompatibleMethodOverride)


class Number(mixins.TLSMixIn, socketserver.TCPServer):
    certfile = 42  # error: [assignment] (reportAssignmentType)


class Word(mixins.TLSMixIn, socketserver.TCPServer):
    client_certificate = "perhaps"  # error: [assignment] (reportAssignmentType)


class Text(mixins.HMACMixIn, socketserver.TCPServer):
    hmac_keys = {"anna": "text"}  # error: [dict-item] (reportAssignmentType)
