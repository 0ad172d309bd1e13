"""Every fault has a code of its own and a sentence for the log."""

import subprocess
import sys

from worker.runtime import errors


def families(kind: type[errors.RuntimeFault]) -> set[type[errors.RuntimeFault]]:
    below = set(kind.__subclasses__())
    return below.union(*(families(each) for each in below)) if below else {kind}


def test_every_concrete_fault_is_listed() -> None:
    concrete = set(errors.FAULTS.values())
    assert concrete == {f for f in families(errors.RuntimeFault) if not f.__subclasses__()}
    assert all(issubclass(f, errors.ImageError | errors.ModelError) for f in concrete)


def test_its_text_stands_before_the_detail() -> None:
    assert str(errors.EmptyImageError()) == "The file is empty."
    assert str(errors.BrokenImageError("Why.")) == "The picture is damaged. Why."


def test_the_web_half_needs_no_numerics() -> None:
    code = (
        "import sys, worker.runtime.header, worker.runtime.errors, worker.runtime.manifest\n"
        "import classify.builder.build\n"
        "sys.exit(bool({'numpy', 'tensorflow', 'ai_edge_litert', 'django'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
