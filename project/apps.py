from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig as DjangoAdminConfig
from django.contrib.staticfiles.apps import StaticFilesConfig as DjangoStaticFilesConfig


class ProjectConfig(AppConfig):
    name = "project"


class AdminConfig(DjangoAdminConfig):
    """The admin with the site's own pages."""

    default = False
    default_site = "project.admin.AdminSite"


class StaticFilesConfig(DjangoStaticFilesConfig):
    """The static files but for what packages bring along and no page loads.

    That is half of an image's static files. One extension of htmx would stop the collection: a
    comment in it has the form of an import, of a file that is not there.
    """

    default = False
    ignore_patterns = [
        *DjangoStaticFilesConfig.ignore_patterns,
        *("css/bootstrap-*", "css/bootstrap.rtl*", "js/bootstrap.*"),  # of bootstrap-wrapper
        "django_htmx/ext/*",
        "drf_spectacular_sidecar/redoc/*",
    ]
