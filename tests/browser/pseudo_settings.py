"""A site with one more catalogue: that in ``DATA_DIR/locale``."""

from project.settings.local import *  # noqa: F403

LOCALE_PATHS = [DATA_DIR / "locale", *LOCALE_PATHS]  # noqa: F405
