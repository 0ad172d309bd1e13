"""The page on which people see what they may do, and what they have done of it."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.allowances import limits_read, limits_shown
from accounts.models import User
from worker.quotas import usage_of


@login_required
@never_cache
@require_safe
def usage(request: HttpRequest) -> HttpResponse:
    """Show limits with where they come from, use of them, and the last days."""
    user = request.user
    if not isinstance(user, User):
        raise TypeError("Only those who are signed in use something.")
    limits, used = limits_read(user), usage_of(user)
    most = max((day["jobs"] for day in used["days"]), default=0)
    context = {
        "meters": [
            ("jobs_today", used["used"]["jobs_today"], limits.jobs_per_day.value),
            ("unfinished", used["used"]["unfinished_jobs"], limits.unfinished_jobs.value),
            ("stored", used["used"]["stored_bytes"], limits.stored_bytes.value),
        ],
        "limits": limits_shown(limits),
        "days": used["days"],
        "most": most,
    }
    return render(request, "account/usage.html", context)
