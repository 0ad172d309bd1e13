"""What a site can do: services, models and classes."""

from vitrina.endpoint import endpoint, pages
from vitrina.endpoints.base import Base, given, id_of
from vitrina.flow import Flow, Listing, Request
from vitrina.shapes import Label, Model, Service, read


class CatalogueEndpoints(Base):
    """Services, models and classes; they need no token."""

    @endpoint
    def services(self) -> Flow[list[Service]]:
        """List the services."""
        answer = yield from self._send("GET", "services")
        return read(answer, dict[str, list[Service]])["results"]

    @endpoint
    def service(self, service: str) -> Flow[Service]:
        """Look at a service: what its jobs take, and its models."""
        return self._fetch(Service, f"services/{id_of(service)}")

    @endpoint
    def models(self) -> Flow[list[Model]]:
        """List the models that classify, the default first."""
        answer = yield from self._send("GET", "services/classify/models")
        return read(answer, dict[str, list[Model]])["results"]

    @pages
    def labels(
        self, search: str | None = None, *, lang: str | None = None, page_size: int = 100
    ) -> Listing[Label]:
        """List the classes or, the closest first, those that a text in any language may mean."""
        query = given({"q": search, "lang": lang, "limit": page_size})
        return Listing(Request("GET", "services/classify/labels", query=query), Label)

    @endpoint
    def label(self, label: str, *, lang: str | None = None) -> Flow[Label]:
        """Look at a class."""
        return self._fetch(Label, f"services/classify/labels/{id_of(label)}", lang=lang)
