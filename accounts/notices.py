"""Messages about what happens to an account, so that its owner notices when it was not them."""

from allauth.account.adapter import get_adapter

from accounts.models import ApiToken


def token_notice(token: ApiToken) -> None:
    """Tell a user of a new token of theirs, during the request that has made it."""
    get_adapter().send_notification_mail(
        "account/email/token_made", token.user, {"token_name": token.name}
    )
