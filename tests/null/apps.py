"""A service without a model: it does at once what its parameters say. For tests and benchmarks."""

from django import forms
from django.apps import AppConfig

from worker.registry import Service, register


class NullService(Service):
    slug = "null"
    name = "Null"
    form_class = forms.Form
    result_template = "null.html"
    predictor = "tests.null.predictor.NullPredictor"

    def default_model(self) -> str:
        return "null"


class NullConfig(AppConfig):
    name = "tests.null"
    label = "null"

    def ready(self) -> None:
        register(NullService())
