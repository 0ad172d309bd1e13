"""Decodes images, loads models and runs them; knows neither Django nor jobs.

:mod:`~worker.runtime.errors` and :mod:`~worker.runtime.header` need Pillow only, so the web checks
an upload with them; everything else belongs to a worker or a plain script. Reading order:
:mod:`~worker.runtime.errors` → :mod:`~worker.runtime.header` → :mod:`~worker.runtime.decode` →
:mod:`~worker.runtime.preprocess` → :mod:`~worker.runtime.manifest` →
:mod:`~worker.runtime.engines` → :mod:`~worker.runtime.model`.
"""
