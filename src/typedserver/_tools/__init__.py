"""Tools for developers of this library: no program needs them at run time."""
