"""The services that this site offers; apps register theirs when Django starts.

A service brings a slug, a name, a form, a result template and the dotted path of its
predictor. Users, permissions, quotas, queue, states, history, admin and languages it
inherits, as all of them know only this class.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from django import forms
    from django_stubs_ext import StrOrPromise

    from worker.models import Job


class Service:
    """Something a user can ask for. Subclass it and call :func:`register`."""

    slug: ClassVar[str]
    name: ClassVar["StrOrPromise"]
    form_class: ClassVar["type[forms.Form]"]
    result_template: ClassVar[str]
    predictor: ClassVar[str]
    """Dotted path of a class with the methods of :class:`worker.predictors.Predictor`.
    Its module is imported by workers only, never by the web."""
    hidden: ClassVar[bool] = False
    """Whether its jobs only belong to jobs of another service: it is not offered to anybody,
    and its jobs are in no list."""

    def default_model(self) -> str:
        """Return the name of the model that runs jobs which name none; it is loaded first."""
        return ""

    def model_fetch(self, model: str) -> None:
        """Bring a model to this machine, if it is not there. Workers call it, before a load.

        :raises worker.runtime.errors.ModelError: when it is nowhere to be had.
        """

    def tend(self) -> None:
        """Do what a worker does beside jobs, if anything is due.

        It is called every few seconds by a thread of the worker's main process, from which others
        are forked: engines are for processes that it starts itself.
        """

    def result_context(self, job: "Job", language: str) -> Mapping[str, Any]:
        """Return what ``result_template`` needs to show the job's output in a language."""
        del language
        return {"output": job.output}


_services: dict[str, Service] = {}


def register(service: Service) -> None:
    """Offer a service; a second one with the same slug is a mistake."""
    if service.slug in _services:
        raise ValueError(f"There is already a service {service.slug!r}.")
    _services[service.slug] = service


def service_get(slug: str) -> Service:
    """Return the service with this slug.

    :raises KeyError: when no app has registered it.
    """
    return _services[slug]


def services() -> tuple[Service, ...]:
    """Return all services in the order of their registration."""
    return tuple(_services.values())


def hidden_services() -> tuple[str, ...]:
    """Return the slugs of the services that nobody is offered."""
    return tuple(service.slug for service in services() if service.hidden)


def services_to_allow() -> list[tuple[str, "StrOrPromise"]]:
    """Return the services that people are offered, as choices."""
    return [(service.slug, service.name) for service in services() if not service.hidden]
