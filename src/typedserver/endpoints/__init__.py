"""Where requests come from: one file for each kind of socket. Endpoints know no handler and no strategy."""
