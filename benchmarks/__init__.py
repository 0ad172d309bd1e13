"""``make bench``: how fast the site is, beside how fast this machine could be.

Each row is one module with a function ``measure``. It runs in a process of its own on a data
directory, a database and a Redis of its own (``place``), so that no user's data is touched.
"""
