"""A passkey that somebody has added, as the browser of a software device would have made it."""

from allauth.mfa.models import Authenticator
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import (
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
)

from accounts.models import User


def passkey_create(user: User, name: str = "Laptop", *, alone: bool = True) -> Authenticator:
    """Store a passkey.

    :param alone: whether it lets its owner in without a password.
    """
    key = ES256.from_cryptography_key(ec.generate_private_key(ec.SECP256R1()).public_key())
    data = AttestedCredentialData.create(b"\0" * 16, user.email.encode(), key)
    flags = AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.UV | AuthenticatorData.FLAG.AT
    attestation = AttestationObject.create(
        "none", AuthenticatorData.create(b"\0" * 32, flags, 0, data), {}
    )
    client = CollectedClientData.create("webauthn.create", b"\0" * 32, "http://localhost")
    credential = {
        "id": websafe_encode(data.credential_id),
        "rawId": websafe_encode(data.credential_id),
        "type": "public-key",
        "response": {
            "clientDataJSON": websafe_encode(client),
            "attestationObject": websafe_encode(attestation),
        },
        "clientExtensionResults": {"credProps": {"rk": alone}},
    }
    return Authenticator.objects.create(
        user=user,
        type=Authenticator.Type.WEBAUTHN,
        data={"name": name, "credential": credential},
    )
