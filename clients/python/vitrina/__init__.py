"""Vitrina: classify pictures on a site, from Python and from the command line."""

from vitrina.aio import AsyncClient
from vitrina.client import Client
from vitrina.errors import (
    FieldError,
    JobEndedError,
    NotYetError,
    ProblemError,
    TooLargeError,
    UnreachableError,
    VitrinaError,
)
from vitrina.many import Result
from vitrina.pictures import Picture
from vitrina.shapes import (
    Batch,
    Delivery,
    Event,
    Job,
    Label,
    Me,
    Model,
    NewToken,
    NewWebhook,
    Prediction,
    Service,
    Token,
    Usage,
    Webhook,
)

__all__ = [
    "AsyncClient",
    "Batch",
    "Client",
    "Delivery",
    "Event",
    "FieldError",
    "Job",
    "JobEndedError",
    "Label",
    "Me",
    "Model",
    "NewToken",
    "NewWebhook",
    "NotYetError",
    "Picture",
    "Prediction",
    "ProblemError",
    "Result",
    "Service",
    "Token",
    "TooLargeError",
    "UnreachableError",
    "Usage",
    "VitrinaError",
    "Webhook",
]
