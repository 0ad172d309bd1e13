"""The endpoints about classes, models and feedback."""

import uuid
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiRequest, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Scope
from classify.api import examples, serializers
from classify.matching import labels_of, labels_offered
from classify.models import Feedback, Label, Model
from classify.selectors import models_enabled
from classify.services import feedback_clear, feedback_set
from project.api.authentication import ANYONE
from project.api.paging import Page, checked_query, page_of, page_response
from project.api.problems import ProblemError, invalid
from project.api.schema import LINK, problems
from project.api.views import ApiView
from worker.api.common import job_or_problem
from worker.api.schemas import LangQuery


def _labels_data(labels: Sequence[Label], language: str | None) -> list[dict[str, Any]]:
    """Return classes with their names in a language."""
    with translation.override(language or get_language()):
        return [
            {
                "id": label.id,
                "index": label.index,
                "name": label.name,
                "synonyms": (label.synonyms or "").splitlines(),
                "parents": [{"id": label.parent_id, "name": str(label.parent)}]
                if label.parent
                else [],
            }
            for label in labels
        ]


class LabelsView(ApiView):
    """The classes that the models tell apart."""

    access = {"GET": ANYONE}

    @extend_schema(
        operation_id="labels_list",
        tags=["classify"],
        parameters=[serializers.LabelsQuery, LINK],
        responses={
            200: OpenApiResponse(serializers.LabelPage, "A page of classes.", examples.LABELS)
        },
    )
    def get(self, request: Request) -> Response:
        """List the classes, or search them by names and synonyms in every language."""
        wishes = checked_query(request, serializers.LabelsQuery)
        model = wishes.get("model")
        labels = labels_of(model).select_related("parent")
        if wishes.get("q"):
            ids = labels_offered(wishes["q"], limit=wishes["limit"], model=model)
            found = labels.in_bulk(ids)
            page: Page[Label] = Page([found[label_id] for label_id in ids], None, None)
        else:
            page = page_of(
                labels,
                cursor=wishes.get("cursor"),
                limit=wishes["limit"],
                field="index",
                descending=False,
                to_value=_index,
            )
        results = _labels_data(page.rows, wishes.get("lang"))
        return page_response(request, page, results)


def _index(text: str) -> int:
    """Return the index in a cursor.

    :raises ValueError: when it is none.
    """
    index = int(text)
    if not 0 <= index < 2**15:
        raise ValueError(text)
    return index


class LabelView(ApiView):
    """One class."""

    access = {"GET": ANYONE}

    @extend_schema(
        operation_id="labels_get",
        tags=["classify"],
        parameters=[LangQuery],
        responses={200: OpenApiResponse(serializers.LabelSerializer, "The class.", examples.LABEL)},
    )
    def get(self, request: Request, label_id: str) -> Response:
        """Look at a class."""
        wishes = checked_query(request, LangQuery)
        label: Label = get_object_or_404(Label.objects.select_related("parent"), id=label_id)
        return Response(_labels_data([label], wishes.get("lang"))[0])


class ModelsView(ApiView):
    """The models to choose from."""

    access = {"GET": ANYONE}

    @extend_schema(
        operation_id="models_list",
        tags=["classify"],
        responses={200: OpenApiResponse(serializers.ModelList, "All models.", examples.MODELS)},
    )
    def get(self, request: Request) -> Response:
        """List the models that jobs may name, the default first."""
        del request
        models: Any = serializers.ModelSerializer(models_enabled(), many=True).data
        return Response({"results": models})


class FeedbackView(ApiView):
    """What a user says of a result."""

    access = {"PUT": Scope.JOBS_WRITE, "DELETE": Scope.JOBS_WRITE}

    @extend_schema(
        operation_id="jobs_feedback",
        tags=["classify"],
        request={
            "application/json": OpenApiRequest(serializers.FeedbackInput, examples=examples.SAY),
        },
        responses={
            200: OpenApiResponse(
                serializers.FeedbackSerializer, "What you have said.", examples.SAID
            ),
            **problems(409, 410),
        },
    )
    def put(self, request: Request, job_id: uuid.UUID) -> Response:
        """Say of a result that it is right, or what it should have been."""
        job = job_or_problem(self.user, job_id)
        serializer = serializers.FeedbackInput(data=request.data)
        serializer.is_valid(raise_exception=True)
        wishes = serializer.validated_data
        label = None
        if wishes.get("label"):
            label = Label.objects.filter(id=wishes["label"]).first()
            if label is None:
                raise invalid("label", _("There is no such class."), "does_not_exist")
        feedback = feedback_set(job=job, correct=wishes.get("correct", False), label=label)
        if feedback is None:
            raise ProblemError("conflict", _("The job has no result to speak of."))
        return Response(_feedback_data(feedback))

    @extend_schema(
        operation_id="jobs_feedback_clear",
        tags=["classify"],
        responses={204: OpenApiResponse(None, "It is forgotten."), **problems(410)},
    )
    def delete(self, request: Request, job_id: uuid.UUID) -> Response:
        """Take back what you have said of a result."""
        del request
        feedback_clear(job=job_or_problem(self.user, job_id))
        return Response(status=HTTPStatus.NO_CONTENT)


def _feedback_data(feedback: Feedback) -> dict[str, Any]:
    return {"correct": feedback.correct, "label": feedback.label_id}


class ModelReadyView(ApiView):
    """The probe of a model in the Open Inference Protocol."""

    access = {"GET": ANYONE}

    @extend_schema(
        operation_id="v2_model_ready",
        tags=["probes"],
        responses={
            200: OpenApiResponse(serializers.ModelReady, "It takes jobs.", examples.MODEL_READY)
        },
    )
    def get(self, request: Request, model: str) -> Response:
        """Tell whether jobs may name a model; 404 when they may not."""
        del request
        found: Model = get_object_or_404(models_enabled(), name=model)
        return Response({"name": found.name, "ready": True})
