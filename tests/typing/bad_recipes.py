"""Recipes that are errors: fields that do not exist, have another type, or are assigned to."""

from typedserver import (
    TCP,
    UDP,
    Forks,
    Inherited,
    Inline,
    Limits,
    ServerConfig,
    StreamConfig,
    Threads,
    UnixDatagram,
    UnixStream,
)

# Assigning to a field: recipes are values
TCP(port=0).port = 80  # error: [misc] (reportAttributeAccessIssue)
UDP(port=0).max_packet_size = 80  # error: [misc] (reportAttributeAccessIssue)
UnixStream("s").mode = 0o600  # error: [misc] (reportAttributeAccessIssue)
UnixDatagram("d").path = "e"  # error: [misc] (reportAttributeAccessIssue)
Inherited.stream(fd=3).fd = 4  # error: [misc] (reportAttributeAccessIssue)
Threads().daemon = True  # error: [misc] (reportAttributeAccessIssue)
Forks().max_children = 3  # error: [misc] (reportAttributeAccessIssue)
StreamConfig().timeout = None  # error: [misc] (reportAttributeAccessIssue)
ServerConfig().timeout = None  # error: [misc] (reportAttributeAccessIssue)
Threads().deamon = True  # error: [attr-defined] (reportAttributeAccessIssue)

# Keywords that do not exist
TCP(port=0, request_queue_size=5)  # error: [call-arg] (reportCallIssue)
UDP(port=0, backlog=5)  # error: [call-arg] (reportCallIssue)
UDP(port=0, keepalive=None)  # error: [call-arg] (reportCallIssue)
UnixStream("s", reuse_address=True)  # error: [call-arg] (reportCallIssue)
UDP(port=0, groups="239.1.2.3")  # error: [arg-type] (reportArgumentType)
UDP(port=0, receive_buffer="4M")  # error: [arg-type] (reportArgumentType)
UnixDatagram("d", backlog=5)  # error: [call-arg] (reportCallIssue)
Inherited.stream(fd=3, max_packet_size=5)  # error: [call-arg] (reportCallIssue)
Inline(threads=3)  # error: [call-arg] (reportCallIssue)
Threads(daemon_threads=True)  # error: [call-arg] (reportCallIssue)
Forks(max_child=3)  # error: [call-arg] (reportCallIssue)
StreamConfig(rbufsiz=3)  # error: [call-arg] (reportCallIssue)
ServerConfig(poll_interval=3)  # error: [call-arg] (reportCallIssue)

# Values of another type
TCP(port="80")  # error: [arg-type] (reportArgumentType)
TCP(port=80, host=None)  # error: [arg-type] (reportArgumentType)
TCP(port=80, backlog=None)  # error: [arg-type] (reportArgumentType)
TCP(port=80, keepalive=60)  # error: [arg-type] (reportArgumentType)
TCP(port=80, user_timeout="5")  # error: [arg-type] (reportArgumentType)
UnixStream("s", group=b"staff")  # error: [arg-type] (reportArgumentType)
UDP(port=80, max_packet_size=1.5)  # error: [arg-type] (reportArgumentType)
UDP(port=80, send_timeout=None)  # error: [arg-type] (reportArgumentType)
UnixStream(b"s")  # error: [arg-type] (reportArgumentType)
UnixStream("s", "0600")  # error: [arg-type] (reportArgumentType)
UnixDatagram(3)  # error: [arg-type] (reportArgumentType)
Inherited.datagram(fd="3")  # error: [arg-type] (reportArgumentType)
Threads(daemon="yes")  # error: [arg-type] (reportArgumentType)
Forks(max_children=None)  # error: [arg-type] (reportArgumentType)
StreamConfig(timeout="60")  # error: [arg-type] (reportArgumentType)
StreamConfig(limit=None)  # error: [arg-type] (reportArgumentType)
Limits(read_rate="1M")  # error: [arg-type] (reportArgumentType)
Limits(total_write_rate=b"1")  # error: [arg-type] (reportArgumentType)
ServerConfig(timeout="60")  # error: [arg-type] (reportArgumentType)
ServerConfig(accept_batch=None)  # error: [arg-type] (reportArgumentType)

# Positional arguments that need a keyword, and a field that is required
TCP(80)  # error: [call-arg] (reportCallIssue)
UDP(80)  # error: [call-arg] (reportCallIssue)
Threads(True)  # error: [call-arg] (reportCallIssue)
Forks(40)  # error: [call-arg] (reportCallIssue)
StreamConfig(60.0)  # error: [call-arg] (reportCallIssue)
Inherited.stream(3)  # error: [call-arg] (reportCallIssue)
TCP()  # error: [call-arg] (reportCallIssue)
UDP()  # error: [call-arg] (reportCallIssue)
UnixStream()  # error: [call-arg] (reportCallIssue)
