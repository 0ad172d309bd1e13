"""What stands in line: texts of SQL that more than one statement is made of."""

PUBLISHED_OF_LINE = """
FROM worker_job
WHERE user_id = %(user_id)s AND lane = %(lane)s
    AND finished_at IS NULL AND published_at IS NOT NULL
"""
"""The jobs of a user's lane that are published and unfinished: hardly more than a window."""

UNTAKEN = """
SELECT count(*) FROM (
    SELECT 1 FROM worker_job
    WHERE lane = %(lane)s AND status = 'queued'
        AND finished_at IS NULL AND published_at IS NOT NULL
    LIMIT %(enough)s
) AS untaken
"""
"""The number of a lane's messages that no worker has taken; counted no further than enough."""
