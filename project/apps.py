from django.apps import AppConfig, apps
from django.contrib.admin.apps import AdminConfig as DjangoAdminConfig

NOT_COLLECTED = (
    *("css/bootstrap-*", "css/bootstrap.rtl*", "js/bootstrap.*"),  # of bootstrap-wrapper
    "django_htmx/ext/*",
    "drf_spectacular_sidecar/redoc/*",
)
"""Static files that packages bring along and no page loads: half of an image's.

One extension of htmx would stop the collection: a comment in it has the form of an import, of a
file that is not there.
"""


class ProjectConfig(AppConfig):
    name = "project"

    def ready(self) -> None:
        """Leave out static files here, as those who look for Django's app know it by its name.

        Add to what the doctor looks at.
        """
        from project import doctor, doctor_hosts

        for check in doctor_hosts.CHECKS:
            doctor.register(check)
        staticfiles = apps.get_app_config("staticfiles")
        staticfiles.ignore_patterns = [*staticfiles.ignore_patterns, *NOT_COLLECTED]  # type: ignore[attr-defined]


class AdminConfig(DjangoAdminConfig):
    """The admin with the site's own pages."""

    default = False
    default_site = "project.admin.AdminSite"
