from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig as DjangoAdminConfig


class ProjectConfig(AppConfig):
    name = "project"


class AdminConfig(DjangoAdminConfig):
    """The admin with the site's own pages."""

    default = False
    default_site = "project.admin.AdminSite"
