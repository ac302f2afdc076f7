"""Measurements of what the library costs, side by side with its peers; a program that nothing else imports."""
