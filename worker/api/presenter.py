"""How the API shows a service: what its jobs take, and what their output looks like.

A service is shown as its form and its jobs' stored output, unless its app has a module
``api.presenter`` that registers something better.
"""

import uuid
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from django import forms
from django.utils.module_loading import autodiscover_modules

from worker.models import Job
from worker.registry import service_get


class Presenter:
    """Shows one service. Subclass it and call :func:`register`.

    :ivar page_name: the name of the URL of a job's page on the site; empty for none.
    """

    slug: str
    page_name: str = ""

    def __init__(self, slug: str = "") -> None:
        self.slug = slug or self.slug

    def form_class(self) -> type[forms.Form]:
        """Return the form that checks a job's parameters."""
        return service_get(self.slug).form_class

    def parameters(self, form: forms.Form) -> dict[str, Any]:
        """Return what is stored with a job, from a valid form."""
        return {name: value for name, value in form.cleaned_data.items() if name != "model"}

    def model(self, form: forms.Form) -> str:
        """Return the name of the model to run, from a valid form."""
        return str(form.cleaned_data.get("model") or service_get(self.slug).default_model())

    def models(self) -> list[dict[str, Any]]:
        """Return the models to choose from."""
        return []

    def outputs(self, jobs: Sequence[Job], language: str) -> Mapping[uuid.UUID, Any]:
        """Return the output of each finished job, in a language."""
        del language
        return {job.id: job.output for job in jobs}


_presenters: dict[str, Presenter] = {}


def register(presenter: Presenter) -> None:
    """Show a service in its own way."""
    _presenters[presenter.slug] = presenter


@cache
def _discover() -> None:
    """Import the apps' presenters, once."""
    autodiscover_modules("api.presenter")


def presenter_for(slug: str) -> Presenter:
    """Return what shows a service."""
    _discover()
    return _presenters.get(slug) or Presenter(slug)
