"""Messages about what happens to an account, so that its owner notices when it was not them."""

from allauth.account.adapter import get_adapter

from accounts.models import ApiToken, User


def token_notice(token: ApiToken) -> None:
    """Tell a user of a new token of theirs, during the request that has made it."""
    get_adapter().send_notification_mail(
        "account/email/token_made", token.user, {"token_name": token.name}
    )


def erasure_notice(*, user: User, undo_url: str) -> None:
    """Tell a user that their account is closed, and when it is erased.

    :param undo_url: leads to where they can keep it; empty when it is not for them to say.
    """
    context = {"erase_at": user.erase_at, "undo_url": undo_url}
    get_adapter().send_notification_mail(
        "account/email/erasure_asked", user, {"user": user, **context}, email=user.email
    )
