# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks a provider of OpenID Connect who has signed in to it, and believes only what it can prove.

The code that the browser brings back is exchanged with a proof of who has asked for it (PKCE); the
ID token counts when a key of the provider has signed it, for this desk, for this sign-in, and now.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, urlencode, urlsplit

from helpdesk.channels import web
from helpdesk.core.clock import monotonic
from helpdesk.core.errors import DirectoryAway, Invalid

if TYPE_CHECKING:  # it is part of the extra 'server', and few who open a desk have a provider
    from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

LARGEST_ANSWER = 256 * 1024
SIGNED_BY = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"}
)
"""By which ways a token may be signed: by a key of the provider alone, never by one that is shared,
and never by none."""
LEEWAY_SECONDS = 120
"""So far the clocks of the provider and of the desk may be apart."""
_SIGNED_ALONE = frozenset({"amr", "acr", "auth_time"})
"""How and when somebody has signed in is taken from the ID token, not from what nobody signed."""
_KNOWN_SECONDS = 300.0
_MOST_KNOWN, _MOST_KEYS = 16, 20
_WELL_KNOWN = "/.well-known/openid-configuration"
_OK = 200
_LOOPBACK = frozenset({"127.0.0.1", "::1"})
_REDIRECT = re.compile(r"http://(127\.0\.0\.1|\[::1\]):([1-9][0-9]{0,4})(/[a-zA-Z0-9/_-]*)?")
_LARGEST_PORT = 65_535

_FORM = "Write the address of the provider, such as https://login.example.org."
_NO_TLS = "Write https:// before the address of the provider; people's sign-ins go there."
_REDIRECT_FORM = "The browser comes back to an address of this workstation alone."
_NOT_INSTALLED = (
    "What speaks OpenID Connect is not installed here; let whoever runs the desk install"
    " helpdesk[server]."
)
_NOT_DESCRIBED = "There is no provider of OpenID Connect at {issuer}; check the address."
_OTHER = "The provider calls itself {told}, not {issuer}; write it exactly so."
_LACKS = "The provider at {issuer} does not tell its {name}; it cannot be used."
_NO_CODES = "The provider at {issuer} gives no codes to native applications; it cannot be used."
_NO_PKCE = "The provider at {issuer} does not know PKCE with S256; it cannot be used."
_ELSEWHERE = "The provider at {issuer} leads to {name}, which is not encrypted."
_NO_KEYS = "The provider at {issuer} shows no keys that its tokens could be checked with."
_REFUSED = "The provider did not accept the sign-in ({error}); try again, or ask an admin."
_NOT_PROVED = "The provider's answer could not be proved ({why}); try again, or ask an admin."
_UNREADABLE = "The provider's answer cannot be understood; ask an admin to test the connection."


class ProviderFault(DirectoryAway):
    """No good answer came from the provider; the sentence says why."""


@dataclass(frozen=True)
class Provider:
    """Where a provider is, and what this desk is called there."""

    issuer: str
    client_id: str
    secret: str
    scopes: tuple[str, ...]
    ca_file: str
    allowed_hosts: tuple[str, ...]


class Description(NamedTuple):
    """What a provider says of itself."""

    authorization: str
    token: str
    keys: str
    userinfo: str
    takes_basic: bool


class Begun(NamedTuple):
    """What a sign-in in the browser begins with: only the first two are sent there as they are.

    ``anew_since`` is from when on somebody must have signed in at the provider: that they are
    signed in there is not enough.
    """

    state: str
    nonce: str
    verifier: str
    redirect_uri: str
    anew_since: datetime | None = None


def require_issuer(issuer: str, allowed_hosts: Sequence[str]) -> None:
    """Raise ``Invalid`` for an address that no provider may have."""
    split = urlsplit(issuer)
    if "?" in issuer or "#" in issuer:
        raise Invalid(_FORM, field="issuer")
    try:
        target = web.checked(issuer, (*allowed_hosts, split.netloc))
    except Invalid as error:
        raise Invalid(_FORM, field="issuer") from error
    if target.scheme != "https" and not _is_loopback(target.host):
        raise Invalid(_NO_TLS, field="issuer")


def require_redirect(uri: str) -> None:
    """Raise ``Invalid`` for an address that is not one of the asking workstation (RFC 8252, 7.3).

    A name such as localhost could be led elsewhere by who answers look-ups.
    """
    found = _REDIRECT.fullmatch(uri)
    if found is None or int(found[2]) > _LARGEST_PORT:
        raise Invalid(_REDIRECT_FORM, field="redirect_uri")


def described(provider: Provider, *, anew: bool = False) -> Description:
    """Return what a provider says of itself, for a while without asking it again."""
    return _descriptions.of(provider, anew=anew)


def page_of(provider: Provider, begun: Begun) -> str:
    """Return the address of the page on which somebody signs in."""
    try:
        from authlib.oauth2.rfc7636 import create_s256_code_challenge
    except ImportError as error:
        raise ProviderFault(_NOT_INSTALLED) from error
    page = described(provider).authorization
    asked = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": begun.redirect_uri,
        "scope": " ".join(provider.scopes),
        "state": begun.state,
        "nonce": begun.nonce,
        "code_challenge": create_s256_code_challenge(begun.verifier),
        "code_challenge_method": "S256",
    }
    if begun.anew_since is not None:
        asked |= {"prompt": "login", "max_age": "0"}
    return f"{page}{'&' if '?' in page else '?'}{urlencode(asked)}"


def claims_of(
    provider: Provider, begun: Begun, code: str, now: datetime, wanted: Sequence[str]
) -> dict[str, Any]:
    """Return what a provider proves of who has signed in; ``begun.nonce`` is the hash of it.

    What is ``wanted`` and not in the ID token is asked for. Raises ``ProviderFault``.
    """
    try:
        import joserfc.jwt  # noqa: F401 - only whether it is there
    except ImportError as error:
        raise ProviderFault(_NOT_INSTALLED) from error
    about = described(provider)
    answer = _exchanged(provider, about, begun, code)
    claims = _proved(provider, about, begun, str(answer.get("id_token", "")), now)
    access = answer.get("access_token")
    if about.userinfo and isinstance(access, str) and any(name not in claims for name in wanted):
        told = _json(provider, about.userinfo, None, {"Authorization": f"Bearer {access}"})
        # What is told of somebody else must not become this one's.
        if told.get("sub") == claims["sub"]:
            others = {name: said for name, said in told.items() if name not in _SIGNED_ALONE}
            claims = {**others, **claims}
    return claims


def keys_of(provider: Provider, about: Description) -> list[dict[str, Any]]:
    """Return the keys that tokens of a provider may be signed with. Raises ``ProviderFault``."""
    told = _json(provider, about.keys, None, {}).get("keys")
    rows = [key for key in told if isinstance(key, dict)] if isinstance(told, list) else []
    usable = [
        key for key in rows if key.get("kty") in {"RSA", "EC"} and key.get("use", "sig") == "sig"
    ]
    if not usable:
        raise ProviderFault(_NO_KEYS.format(issuer=provider.issuer))
    return usable[:_MOST_KEYS]


class _Descriptions:
    """What providers say of themselves: whoever begins a sign-in must not make the desk ask."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._known: dict[Provider, tuple[float, Description]] = {}

    def of(self, provider: Provider, *, anew: bool) -> Description:
        with self._lock:
            read_at, known = self._known.get(provider, (0.0, None))
        if known is not None and not anew and monotonic() - read_at < _KNOWN_SECONDS:
            return known
        found = _described(provider)
        with self._lock:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            self._known[provider] = (monotonic(), found)
        return found


_descriptions = _Descriptions()


def _described(provider: Provider) -> Description:
    issuer = provider.issuer
    told = _json(provider, issuer.rstrip("/") + _WELL_KNOWN, None, {})
    if "issuer" not in told:
        raise ProviderFault(_NOT_DESCRIBED.format(issuer=issuer))
    if told["issuer"] != issuer:
        raise ProviderFault(_OTHER.format(told=str(told["issuer"])[:200], issuer=issuer))
    if "code" not in _texts(told.get("response_types_supported", ["code"])):
        raise ProviderFault(_NO_CODES.format(issuer=issuer))
    if "S256" not in _texts(told.get("code_challenge_methods_supported", ["S256"])):
        raise ProviderFault(_NO_PKCE.format(issuer=issuer))
    ways = _texts(told.get("token_endpoint_auth_methods_supported", ["client_secret_basic"]))
    return Description(
        authorization=_endpoint(provider, told, "authorization_endpoint"),
        token=_endpoint(provider, told, "token_endpoint"),
        keys=_endpoint(provider, told, "jwks_uri"),
        userinfo=_endpoint(provider, told, "userinfo_endpoint")
        if told.get("userinfo_endpoint")
        else "",
        takes_basic="client_secret_basic" in ways,
    )


def _endpoint(provider: Provider, told: Mapping[str, Any], name: str) -> str:
    url = told.get(name)
    if not isinstance(url, str):
        raise ProviderFault(_LACKS.format(issuer=provider.issuer, name=name))
    try:
        target = web.checked(url, (urlsplit(url).netloc,))
    except (Invalid, ValueError) as error:
        raise ProviderFault(_LACKS.format(issuer=provider.issuer, name=name)) from error
    here = _is_loopback(target.host) and _is_loopback(urlsplit(provider.issuer).hostname or "")
    if target.scheme != "https" and not here:
        raise ProviderFault(_ELSEWHERE.format(issuer=provider.issuer, name=name))
    return url


def _exchanged(
    provider: Provider, about: Description, begun: Begun, code: str
) -> Mapping[str, Any]:
    """Return what a code is good for."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": begun.redirect_uri,
        "code_verifier": begun.verifier,
    }
    headers: dict[str, str] = {}
    if provider.secret and about.takes_basic:
        pair = f"{quote(provider.client_id, safe='')}:{quote(provider.secret, safe='')}"
        headers["Authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
    else:
        form["client_id"] = provider.client_id
        if provider.secret:
            form["client_secret"] = provider.secret
    return _json(provider, about.token, form, headers)


def _proved(
    provider: Provider, about: Description, begun: Begun, token: str, now: datetime
) -> dict[str, Any]:
    """Return the claims of an ID token. Raises ``ProviderFault`` where anything is wrong."""
    from authlib.oidc.core import CodeIDToken
    from joserfc.errors import JoseError

    claims = _signed(keys_of(provider, about), token)
    options = {
        "iss": {"essential": True, "value": provider.issuer},
        "aud": {"essential": True, "value": provider.client_id},
        "sub": {"essential": True},
    }
    checked = CodeIDToken(claims, {}, options, {"client_id": provider.client_id})
    try:
        checked.validate(now=int(now.timestamp()), leeway=LEEWAY_SECONDS)
    except (JoseError, ValueError, TypeError) as error:
        raise _unproved(getattr(error, "error", "") or "claims") from error
    nonce = claims.get("nonce")
    if not isinstance(nonce, str) or not hmac.compare_digest(_hash(nonce), begun.nonce):
        raise _unproved("nonce")
    if not isinstance(claims.get("sub"), str) or not claims["sub"]:
        raise _unproved("subject")
    _require_anew(begun, claims)
    return claims


def _require_anew(begun: Begun, claims: Mapping[str, Any]) -> None:
    """Raise ``ProviderFault`` for who has signed in there before, where that is not enough.

    A provider that keeps the time to itself is believed to have asked.
    """
    told = claims.get("auth_time")
    if begun.anew_since is None or told is None:
        return
    if not isinstance(told, int) or told < begun.anew_since.timestamp() - LEEWAY_SECONDS:
        raise _unproved("auth_time")


def _signed(keys: list[dict[str, Any]], token: str) -> dict[str, Any]:
    """Return what a token says that one of some keys has signed."""
    from joserfc import jwt
    from joserfc.errors import JoseError

    for key in _fitting(keys, token):
        try:
            return dict(jwt.decode(token, key, algorithms=sorted(SIGNED_BY)).claims)
        except (JoseError, ValueError, TypeError, LookupError):
            continue
    raise _unproved("signature")


def _fitting(keys: list[dict[str, Any]], token: str) -> list[OctKey | RSAKey | ECKey | OKPKey]:
    """Return the keys that may have signed a token: the one it names, else all of them."""
    from joserfc import jws
    from joserfc.errors import JoseError
    from joserfc.jwk import import_key

    try:
        named = jws.extract_compact(token.encode("ascii")).headers().get("kid")
    except (JoseError, ValueError, TypeError, LookupError) as error:
        raise _unproved("form") from error
    found = []
    for key in keys:
        if named is None or key.get("kid") in {None, named}:
            try:
                found.append(import_key(key))
            except (JoseError, ValueError, TypeError, LookupError):
                continue
    return found


def _json(
    provider: Provider, url: str, form: Mapping[str, str] | None, headers: Mapping[str, str]
) -> dict[str, Any]:
    """Return the object that an address of the provider answers with."""
    # The provider itself may lie inside; what else it names only where anybody may ask.
    allowed = (*provider.allowed_hosts, urlsplit(provider.issuer).netloc)
    try:
        status, body = web.exchange(
            url, form, {"Accept": "application/json", **headers},
            largest=LARGEST_ANSWER, allowed=allowed, ca_file=provider.ca_file,
        )  # fmt: skip
    except (Invalid, web.WebFault) as error:
        raise ProviderFault(str(error)) from error
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        told = None
    if status != _OK and form is not None:
        raise ProviderFault(_REFUSED.format(error=_error_in(told) or status))
    if status != _OK:
        raise ProviderFault(_NOT_DESCRIBED.format(issuer=provider.issuer))
    if not isinstance(told, dict):
        raise ProviderFault(_UNREADABLE)
    return told


def _error_in(told: object) -> str:
    """Return the code of an error; what else is said may hold anything."""
    error = told.get("error") if isinstance(told, dict) else None
    return error if isinstance(error, str) and re.fullmatch(r"[a-z_]{1,60}", error) else ""


def _unproved(why: str) -> ProviderFault:
    return ProviderFault(_NOT_PROVED.format(why=why))


def _texts(value: object) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
