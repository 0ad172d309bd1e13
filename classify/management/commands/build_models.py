"""``manage.py build_models``: builds and verifies the model artefacts."""
