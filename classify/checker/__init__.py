"""Checks a model that was handed in, in a process of its own: it is not trusted.

Whatever happens here, a crash in a library included, ends this process alone. It has limits on
memory, time and files, and knows no password: it is started without the site's environment, reads
what to do from standard input and writes what came of it to standard output. No Django here.
Reading order: :mod:`~classify.checker.refused` → :mod:`~classify.checker.unpack` →
:mod:`~classify.checker.keras_file` → :mod:`~classify.checker.saved_model` →
:mod:`~classify.checker.trial` → :mod:`~classify.checker.__main__`.
"""
