"""What answers one request: classes in ``base.py``, adapters of functions and of foreign classes in ``adapters.py``."""
