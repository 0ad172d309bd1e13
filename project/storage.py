"""Where collected static files go in production."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Names files by their content, also those that a script imports: all may be kept for ever."""

    support_js_module_import_aggregation = True
