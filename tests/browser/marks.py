"""What holds for every browser test. Those of a group run in one process, and share its site."""

import pytest

BROWSER = [
    pytest.mark.browser,
    pytest.mark.processes,
    pytest.mark.model,
    pytest.mark.timeout(300),
]
ON_THE_SITE = [*BROWSER, pytest.mark.xdist_group("site")]
