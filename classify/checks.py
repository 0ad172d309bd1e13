"""What ``manage.py doctor`` looks at for this service."""

from collections.abc import Iterator

from django.conf import settings
from django.db import DatabaseError

from classify.models import Label, Model
from project.doctor import Finding


def classes_and_models() -> Iterator[Finding]:
    """Look whether the classes are loaded and the models are installed."""
    try:
        count = Label.objects.filter(model=None).count()
        models = list(Model.objects.filter(enabled=True))
    except DatabaseError:
        return
    text = f"{count} loaded" if count else "none loaded. Run: manage.py load_classes"
    yield Finding("classes", well=count > 0, text=text)
    if not models:
        text = "none installed. Run: manage.py build_models"
        yield Finding("models", well=False, text=text)
    for model in models:
        present = (settings.MODELS_DIR / model.name / "manifest.json").exists()
        text = f"{model.name} {model.version}{' (default)' if model.is_default else ''}"
        if not present and model.file:
            present, text = True, f"{text}, fetched when it is used first"
        if not present:
            text += f" is not in {settings.MODELS_DIR}. Run: manage.py build_models {model.name}"
        yield Finding("model", well=present, text=text)
