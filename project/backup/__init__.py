"""A copy of everything that a site holds, in one file, and a site from it.

The file is a compressed tar archive: the rows as JSON, a file for each table, so that a backup of
SQLite can be restored into PostgreSQL; the pictures; the models; and at its end a manifest with
the SHA-256 of each. ``docs/backup.md`` is for those who use it.
"""
