"""How many requests run at once, and where: one strategy a file, none of which knows another."""
