"""What is wrong when a message cannot be sent."""


class MailAwayError(Exception):
    """The mail server does not answer, or does not take the message."""
