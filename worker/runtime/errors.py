"""Everything that can go wrong with a picture or a model, each with a stable code.

A caller catches :class:`ImageError` (the picture is at fault; trying again is useless) or
:class:`ModelError` (the installation is at fault; every job fails alike). The texts are for logs;
what a user reads is translated elsewhere, from the code.
"""

from typing import ClassVar


class RuntimeFault(Exception):  # noqa: N818 - its subclasses are errors; it is the family
    """Base of all faults of the runtime.

    :cvar code: stable ``snake_case`` name, stored with a failed job.
    :cvar text: one English sentence for logs.
    """

    code: ClassVar[str]
    text: ClassVar[str]

    def __init__(self, detail: str = "") -> None:
        super().__init__(f"{self.text} {detail}".rstrip())


class ImageError(RuntimeFault):
    """The picture is refused or cannot be decoded."""


class EmptyImageError(ImageError):
    code = "empty"
    text = "The file is empty."


class TooLargeError(ImageError):
    code = "too_large"
    text = "The file is too large."


class UnsupportedTypeError(ImageError):
    code = "unsupported_type"
    text = "The file is neither JPEG nor PNG nor WebP."


class TooManyPixelsError(ImageError):
    code = "too_many_pixels"
    text = "The picture has too many pixels."


class TooLongSideError(ImageError):
    code = "too_long_side"
    text = "The picture's longer side is too long."


class TooSmallError(ImageError):
    code = "too_small"
    text = "The picture's shorter side is too short."


class TooManyScansError(ImageError):
    code = "too_many_scans"
    text = "The JPEG has too many scans."


class TooComplexError(ImageError):
    code = "too_complex"
    text = "The picture takes too much memory or work to decode."


class BrokenImageError(ImageError):
    code = "broken_image"
    text = "The picture is damaged."


class ModelError(RuntimeFault):
    """The model cannot be used as it lies on disk."""


class ModelMissingError(ModelError):
    code = "model_missing"
    text = "The model is not there."


class ModelDamagedError(ModelError):
    code = "model_damaged"
    text = "The model's files are incomplete or altered."


class ModelUnloadableError(ModelError):
    code = "model_unloadable"
    text = "The model's engine cannot load it."


FAULTS: dict[str, type[RuntimeFault]] = {
    fault.code: fault
    for fault in (
        EmptyImageError,
        TooLargeError,
        UnsupportedTypeError,
        TooManyPixelsError,
        TooLongSideError,
        TooSmallError,
        TooManyScansError,
        TooComplexError,
        BrokenImageError,
        ModelMissingError,
        ModelDamagedError,
        ModelUnloadableError,
    )
}
"""Every concrete fault by its code."""
