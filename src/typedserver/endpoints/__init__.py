"""Where requests come from: one kind of endpoint a file, over the two listeners of ``base.py``."""
