"""The same echo, written for other servers as their documentation recommends; none knows how it is measured."""
