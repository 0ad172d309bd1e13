"""Does things to a real site that happen to real sites, and counts what became of its jobs.

``python -m tests.chaos --help`` tells how to run it; ``docs/promises.md`` what it shows.
"""
