"""Steps of signing in beyond allauth's."""

from allauth.account.stages import LoginStage
from django.http import HttpResponse
from django.shortcuts import redirect


class ApprovalStage(LoginStage):  # type: ignore[misc]
    """Tells whoever waits for approval that they do."""

    key = "approval"

    def handle(self) -> tuple[HttpResponse | None, bool]:
        """Go on, or end here."""
        user = self.login.user
        if user is not None and user.awaits_approval:
            return redirect("account_awaits_approval"), False
        return None, True
