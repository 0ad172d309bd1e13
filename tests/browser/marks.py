"""What holds for every browser test."""

import pytest

BROWSER = [
    pytest.mark.browser,
    pytest.mark.processes,
    pytest.mark.model,
    pytest.mark.timeout(120),
]
