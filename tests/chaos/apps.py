"""Makes the classification service answer at once: no model is needed, and all else is real."""

from django.apps import AppConfig

from worker.registry import service_get


class ChaosConfig(AppConfig):
    name = "tests.chaos"
    label = "chaos"

    def ready(self) -> None:
        """Put the null predictor in the place of the real one."""
        type(service_get("classify")).predictor = "tests.null.predictor.NullPredictor"
