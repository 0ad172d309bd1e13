"""Signing up and in, passwords and sessions: settings of Django and allauth."""

from datetime import timedelta
from typing import Any

from project import environment

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name")},
    },
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "classify:submit"
LOGOUT_REDIRECT_URL = "classify:submit"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = None  # ask
ACCOUNT_CHANGE_EMAIL = True  # one address each; a new one replaces it once confirmed
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_SIGNUP_FORM_CLASS = "accounts.sign_up_form.SignUpForm"
ACCOUNT_FORMS = {
    "login": "accounts.allauth_forms.LoginForm",
    "signup": "accounts.allauth_forms.SignupForm",
    "reset_password": "accounts.allauth_forms.ResetPasswordForm",
    "reset_password_from_key": "accounts.allauth_forms.ResetPasswordKeyForm",
    "change_password": "accounts.allauth_forms.ChangePasswordForm",
}
SOCIALACCOUNT_FORMS = {"signup": "accounts.allauth_forms.SignupElsewhereForm"}
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ALLAUTH_TRUSTED_PROXY_COUNT = environment.TRUSTED_PROXIES

# --- Who may sign up --------------------------------------------------------
SIGN_UP = environment.SIGN_UP
SIGN_UP_DOMAINS = [domain.lower() for domain in environment.SIGN_UP_DOMAINS]
TERMS_URL = environment.TERMS_URL
INVITATION_AGE = timedelta(days=7)

# --- Second steps -----------------------------------------------------------
ACCOUNT_REAUTHENTICATION_REQUIRED = True
MFA_ADAPTER = "accounts.factors.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_FORMS = {
    "add_webauthn": "accounts.forms.AddPasskeyForm",
    "edit_webauthn": "accounts.forms.EditPasskeyForm",
}
MFA_TOTP_ISSUER = "Vitrina"
MFA_TOTP_TOLERANCE = 0
STAFF_SECOND_FACTOR = environment.STAFF_SECOND_FACTOR or False

# --- Other sites to sign in with --------------------------------------------
# A provider's own key leads to the apps of it, as allauth describes them. The form of the sign-in
# page is answered with a redirect there, which the content security policy has to allow.
SIGN_IN_PROVIDERS = environment.SIGN_IN_PROVIDERS
SIGN_IN_APPS = sorted(
    f"allauth.socialaccount.providers.{name}"
    for name in {"openid_connect", *(one["provider"] for one in SIGN_IN_PROVIDERS)}
)
SOCIALACCOUNT_PROVIDERS: dict[str, Any] = {}
for _one in SIGN_IN_PROVIDERS:
    _app = {key: value for key, value in _one.items() if key not in {"provider", "origin"}}
    _provider = SOCIALACCOUNT_PROVIDERS.setdefault(
        _one["provider"], {"APPS": [], "OAUTH_PKCE_ENABLED": True}
    )
    _provider["APPS"].append(_app)
# Whoever comes from there for the first time sees the same form, with the same rules.
SOCIALACCOUNT_AUTO_SIGNUP = False

# --- Sessions ---------------------------------------------------------------
# A session ends so long after its beginning, and, on a device that was not asked to remember it,
# when the browser closes or after some hours without a request.
SESSION_ENGINE = "accounts.session_store"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_IDLE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
