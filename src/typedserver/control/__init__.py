"""What an operator sees of a server that runs, and does to it: control socket and page. Knows servers, no commands."""
