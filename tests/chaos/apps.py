"""Makes the classification service answer at once: no model is needed, and all else is real."""

import os
from pathlib import Path

from django.apps import AppConfig

from worker.registry import service_get


class ChaosConfig(AppConfig):
    name = "tests.chaos"
    label = "chaos"

    def ready(self) -> None:
        """Put the null predictor in the place of the real one, and arm a failpoint if told to.

        ``CHAOS_DIE`` is ``before`` or ``after``, a colon, and the path of the failpoint's flag.
        """
        type(service_get("classify")).predictor = "tests.null.predictor.NullPredictor"
        if "CHAOS_DIE" in os.environ:
            from tests.chaos.failpoints import die_when_storing

            moment, _, flag = os.environ["CHAOS_DIE"].partition(":")
            die_when_storing(moment, Path(flag))
