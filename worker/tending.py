"""What a worker does beside jobs, in a thread of its main process: whatever services have due."""

import logging
import threading
import time

from django.conf import settings
from django.db import DatabaseError, connections

from worker.registry import services

logger = logging.getLogger(__name__)


class Tender(threading.Thread):
    """Asks each service, every few seconds, whether there is something to do."""

    def __init__(self) -> None:
        super().__init__(name="tender", daemon=True)

    def run(self) -> None:
        """Tend for ever; what goes wrong once is tried again."""
        while True:
            tend()
            time.sleep(settings.TEND_INTERVAL.total_seconds())


def tend() -> None:
    """Have each service do what is due."""
    try:
        for service in services():
            service.tend()
    except DatabaseError as error:
        logger.warning("cannot tend, the database is away: %s", error)
    except Exception:
        # A thread that ends would do nothing for ever, and nobody would notice.
        logger.exception("cannot tend")
    finally:
        connections.close_all()
