"""How many requests run at once, and where. Strategies know no endpoint and no handler."""
