"""The fourth, composed: a thread for each connection, and three clients of the server in the same program.

`python examples/threads_upper.py`
"""

import socket
import threading

from typedserver import TCP, BaseRequestHandler, Server, StreamRequest, Threads, inet_address


class ThreadTelling(BaseRequestHandler[StreamRequest]):
    def handle(self) -> None:
        text = self.request.recv(1024).decode().strip()
        apart = threading.current_thread() is not threading.main_thread()
        self.request.sendall(f"in a thread of its own: {apart}: {text.upper()}".encode())


def ask(host: str, port: int, text: str) -> str:
    with socket.create_connection((host, port)) as connection:
        connection.sendall(text.encode())
        return connection.recv(1024).decode()


def main() -> None:
    with Server(TCP(port=0), ThreadTelling, Threads(daemon=True)) as server:
        host, port = inet_address(server)
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        for number in (1, 2, 3):
            print(ask(host, port, f"hello {number}"))
        server.shutdown()
        serving.join()


if __name__ == "__main__":
    main()
