"""Why a model is refused."""


class RefusedError(Exception):
    """The model may not be used.

    :param code: a key of ``classify.refusals.REFUSALS``.
    :param detail: what exactly, in English, for whoever made the model.
    """

    def __init__(self, code: str, detail: str = "") -> None:
        self.code = code
        self.detail = detail
        super().__init__(f"{code} {detail}".rstrip())
