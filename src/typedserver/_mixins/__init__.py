"""What the classes of ``typedserver.mixins`` do: each class in a file here is the body of the public one.

They know the hooks of ``socketserver``, and the recipes and listeners of ``access``. They know no protocol, and import
neither ``socketserver`` nor a class of ``typedserver.compat``.
"""
