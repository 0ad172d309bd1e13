"""Models on every step of their way, and two that are compared."""

from django.urls import reverse
from django.utils import timezone

from classify.models import Model
from tests.browser.stage import CAMERA, CAT, COFFEE, MODELS, Stage, output
from tests.factories import JobFactory

ONE, OTHER = MODELS[:2]


def registry_pages(stage: Stage) -> dict[str, str]:
    """Have models on their way, and two that are compared; return their pages."""
    facts = {"version": "1", "input_size": 224, "enabled": False, "source": "museum.tflite"}
    Model.objects.create(name="museum-1", state="waiting", **facts)
    Model.objects.create(name="museum-2", state="checking", check_attempts=1, **facts)
    refused = {"state": "refused", "refusal": "class_count", "checked_at": timezone.now()}
    detail = "It has 900 outputs, the list of classes 899."
    Model.objects.create(name="museum-3", detail=detail, **refused, **facts)
    Model.objects.filter(name=OTHER).update(was_default_until=timezone.now())
    for job, scores in ((stage.sure, COFFEE), (stage.parent, CAT), (stage.unsure, CAMERA)):
        JobFactory.create(
            user=stage.user,
            service="compare",
            source=job,
            model=OTHER,
            finished="succeeded",
            output=output(scores),
            predict_ms=9.4,
        )
    page = reverse("admin:classify_model_compare")
    return {
        "admin-model-waiting": reverse("admin:classify_model_change", args=["museum-1"]),
        "admin-model-checking": reverse("admin:classify_model_change", args=["museum-2"]),
        "admin-model-refused": reverse("admin:classify_model_change", args=["museum-3"]),
        "admin-model-compare": page,
        "admin-model-compared": f"{page}?first={ONE}&second={OTHER}",
    }
