"""Every reason why a model is refused, in words for whoever added it."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

REFUSALS: dict[str, "StrOrPromise"] = {
    # What it is.
    "unknown_kind": _("This is no .tflite file, no .keras file, and no archive of a SavedModel."),
    "archive_broken": _("The file is damaged, or not the archive that it seems to be."),
    "archive_unsafe": _("The archive has links, or paths that lead out of it."),
    "archive_too_many": _("There are more files in the archive than a model has."),
    "archive_too_large": _("Unpacked, the archive is larger than one gigabyte."),
    # What it would do.
    "keras_files": _("There is more in the .keras file than a configuration and weights."),
    "keras_broken": _("The .keras file is damaged."),
    "keras_code": _("It has a layer that runs code of its own, such as Lambda."),
    "keras_custom": _("It has a layer that is not one of Keras."),
    "keras_reads_files": _("It has a layer, or weights, that read other files."),
    "no_saved_model": _("There is not exactly one SavedModel in the archive."),
    "saved_model_files": _("There is a file in the SavedModel that does not belong there."),
    "saved_model_broken": _("The SavedModel is damaged, or of TensorFlow 1."),
    "saved_model_signature": _("The SavedModel has no signature “serving_default”."),
    "saved_model_operation": _("The SavedModel does more than calculate: it could touch files."),
    "custom_operation": _("It needs operations that LiteRT does not have."),
    # Whether it works.
    "no_tensorflow": _(
        "This worker has no TensorFlow. Install requirements/model.txt, then check again."
    ),
    "no_engine": _("This worker has not installed what runs such a model."),
    "no_application": _("keras.applications has no network of this name."),
    "no_weights": _("The weights could not be downloaded. Is there a way to the internet?"),
    "unloadable": _("It cannot be loaded."),
    "input_shape": _("It does not take pictures of this size."),
    "class_count": _("It has another number of outputs than there are classes in the list."),
    "not_finite": _("Its scores are not numbers."),
    "not_probabilities": _("Its scores do not add up to 1. Are they logits?"),
    "always_the_same": _("It gives every picture the same answer."),
    "golden": _("It does not recognise photographs that every such model recognises."),
    # How the check went.
    "too_much_memory": _("It takes too much memory to load."),
    "too_long": _("It takes too long to load and run."),
    "crashed": _("It brought down the process that checked it."),
    "file_missing": _("What was handed in is gone. Add it again."),
    "lost": _("The check was interrupted three times."),
    "broken": _("The check failed in a way that nobody has foreseen."),
}


def refusal(code: str) -> "StrOrPromise":
    """Return the sentence for a code; an unknown one gets the general sentence."""
    return REFUSALS.get(code, REFUSALS["broken"])


PROBLEMS: dict[str, "StrOrPromise"] = {
    "name_taken": _("There is, or was, a model of this name."),
    "not_ready": _("Only a model that is ready, and not the default yet, can be made so."),
    "nothing_before": _("There is no default model before this one to go back to."),
    "still_on": _("Switch it off first."),
    "comes_with_the_site": _("It comes with the site. Switch it off instead."),
    "jobs_wait": _("There are unfinished jobs that name it. Try again when they have ended."),
    "being_checked": _("It is being checked. Try again when that has ended."),
}
"""What cannot be done with a model, in words for an administrator."""
