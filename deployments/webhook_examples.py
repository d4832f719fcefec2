"""Commands for a shell that send a request as each sender signs it. They need curl and openssl, and nothing else."""

BODY = '{"hello": "world"}'
_HEX = '$(printf %s "{signed}" | openssl dgst -sha256 -hmac "$SECRET" | sed \'s/.* //\')'
_OWN_KEY = (
    "KEY=$(printf %s \"${SECRET#whsec_}\" | base64 -d | od -An -tx1 | tr -d ' \\n')\n"
    'SIGNATURE=$(printf %s "$ID.$NOW.$BODY" | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$KEY" -binary | base64)'
)


def curl(url: str, scheme: str) -> str:
    """The command for a webhook whose requests are signed by `scheme`; by none, where it is empty."""
    steps, headers = _SIGNING[scheme]
    lines = [f"curl -X POST {url}", "-H 'Content-Type: application/json'", *headers]
    if not scheme:
        return " \\\n  ".join([*lines, f"-d '{BODY}'"])
    return "\n".join([f"SECRET='…'\nBODY='{BODY}'", *steps, " \\\n  ".join([*lines, '-d "$BODY"'])])


def _hex(signed: str) -> str:
    return "SIGNATURE=" + _HEX.replace("{signed}", signed)


_SIGNING: dict[str, tuple[list[str], list[str]]] = {
    "": ([], []),
    "dragops": ([_hex("$BODY")], ['-H "X-Webhook-Signature: $SIGNATURE"']),
    "github": ([_hex("$BODY")], ['-H "X-Hub-Signature-256: sha256=$SIGNATURE"']),
    "stripe": (["NOW=$(date +%s)", _hex("$NOW.$BODY")], ['-H "Stripe-Signature: t=$NOW,v1=$SIGNATURE"']),
    "slack": (
        ["NOW=$(date +%s)", _hex("v0:$NOW:$BODY")],
        ['-H "X-Slack-Request-Timestamp: $NOW"', '-H "X-Slack-Signature: v0=$SIGNATURE"'],
    ),
    "standard": (
        ["NOW=$(date +%s) ID=msg_$NOW", _OWN_KEY],
        ['-H "Webhook-Id: $ID"', '-H "Webhook-Timestamp: $NOW"', '-H "Webhook-Signature: v1,$SIGNATURE"'],
    ),
}
