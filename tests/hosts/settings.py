"""The site on several hosts: what production has for that, with the shortcuts of tests."""

# ruff: noqa: F403 - settings are read with a star, as in project/settings
from project.settings.test import *

MAINTENANCE_SHARED = True
ACCOUNT_EMAIL_VERIFICATION = "none"
