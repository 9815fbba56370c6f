"""Explain AWS's and botocore's errors in a sentence that says what to do."""

from __future__ import annotations

from botocore import exceptions as aws

_SIGN_IN = "sign in again, with `aws sso login` or as you usually do"
_CONFIGURE = "run `aws configure`, or name a profile with --profile"
_NO_CREDENTIALS = (
    f"no AWS credentials were found: {_CONFIGURE}; for `make local`, export the "
    "variables that it prints"
)
_NO_REGION = "no AWS region is set; name one with --region, or in AWS_REGION"

_EXPLANATIONS = {
    **dict.fromkeys(
        ("ExpiredToken", "ExpiredTokenException", "RequestExpired"),
        f"the AWS credentials have expired: {_SIGN_IN}",
    ),
    **dict.fromkeys(
        (
            *("InvalidClientTokenId", "UnrecognizedClientException"),
            *("InvalidAccessKeyId", "SignatureDoesNotMatch", "AuthFailure"),
        ),
        f"AWS does not know these credentials: {_CONFIGURE}",
    ),
}
REFUSED = (
    *("AccessDenied", "AccessDeniedException", "403", "UnauthorizedOperation"),
    *("AllAccessDisabled", "AWS.SimpleQueueService.AccessDenied"),
)


def sentence(error: aws.ClientError | aws.BotoCoreError) -> str:
    """Return what happened and what to do."""
    if isinstance(error, aws.ClientError):
        return _from_aws(error)
    return _before_a_request(error, getattr(error, "kwargs", {}))


def _from_aws(error: aws.ClientError) -> str:
    details, operation = error.response["Error"], error.operation_name
    code = details.get("Code", "")
    message = details.get("Message") or "without a reason"
    if code in _EXPLANATIONS:
        return _EXPLANATIONS[code]
    if code in REFUSED:
        return (
            f"AWS refused {operation}: {message}. docs/operations.md lists the "
            "permissions that the commands need"
        )
    return f"{operation} failed: {message} ({code})"


def _before_a_request(error: aws.BotoCoreError, facts: dict[str, object]) -> str:
    match error:
        case aws.NoCredentialsError():
            return _NO_CREDENTIALS
        case aws.PartialCredentialsError():
            missing = facts.get("cred_var")
            return f"the AWS credentials lack {missing}: {_CONFIGURE}"
        case (
            aws.SSOError() | aws.TokenRetrievalError() | aws.CredentialRetrievalError()
        ):
            return f"the AWS credentials cannot be used ({error}): {_SIGN_IN}"
        case aws.ProfileNotFound():
            return (
                f"there is no AWS profile {facts.get('profile')}; `aws configure "
                "list-profiles` lists the existing ones"
            )
        case aws.NoRegionError():
            return _NO_REGION
    return _not_connected(error, facts)


def _not_connected(error: aws.BotoCoreError, facts: dict[str, object]) -> str:
    match error:
        case aws.SSLError():
            return (
                f"the certificate of {facts.get('endpoint_url')} was not accepted "
                f"({facts.get('error')}): set AWS_CA_BUNDLE to the certificate file of "
                "its authority; `make local` prints the line for its own"
            )
        case aws.ProxyConnectionError():
            proxy = facts.get("proxy_url")
            return f"no connection to the proxy {proxy}, which HTTPS_PROXY names"
        case aws.ConnectionError() | aws.HTTPClientError():
            return (
                f"no connection to {facts.get('endpoint_url') or 'AWS'}: check the "
                "network, --region, and AWS_ENDPOINT_URL if it is set; for `make "
                "local`, that it is running"
            )
    return f"AWS could not be called: {error}"
