"""The steps of the smoke test that request URLs, as a viewer does."""

from __future__ import annotations

from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING
from uuid import uuid4

from resize_on_upload.sizes.size import REQUEST
from resize_on_upload_cli.errors import UnfinishedError
from resize_on_upload_cli.stack.signing import is_private
from resize_on_upload_cli.stack.viewer import Viewer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from resize_on_upload.sizes.size import Size
    from resize_on_upload_cli.stack.deployment import Deployment
    from resize_on_upload_cli.stack.viewer import Response


@dataclass(frozen=True, slots=True)
class Step:
    """One request.

    Attributes:
        name: `refused`, `made`, `served`, `unknown` or `absent`.
        url: Without a signature.
        find_problem: Says what is wrong with a response; None if nothing is.
    """

    name: str
    url: str
    find_problem: Callable[[Response], str | None]

    def run(self, sign: Callable[[str], str] | None = None) -> None:
        """Send the request, signed if `sign` signs URLs.

        Raises:
            UnfinishedError: the response is not what it should be.
            DeploymentError: there is no connection.
        """
        url = sign(self.url) if sign else self.url
        if problem := self.find_problem(Viewer().get(url)):
            msg = f"{self.url}: {problem}"
            raise UnfinishedError(msg)


def steps(deployment: Deployment, key: str, sizes: Sequence[Size]) -> Iterator[Step]:
    """Yield the steps while the original and its variants exist.

    Args:
        deployment: With delivery.
        key: The original's.
        sizes: Those that the key gets.
    """
    images = _images(sizes)
    if not images:
        return
    for requested in [size for size in images if size.make == REQUEST][:1]:
        url = deployment.variant_url(requested, key)
        yield Step("made", url, lambda response: _problem_of_made(deployment, response))
    # The first that is made at the upload; without any, the one that was requested.
    existing = min(images, key=lambda size: size.make == REQUEST)
    variant_key = existing.variant_key(key)
    yield Step(
        name="served",
        url=_uncached(deployment.variant_url(existing, key)),
        find_problem=lambda response: _problem_of_served(
            deployment, response, deployment.store.get_variant(variant_key)
        ),
    )
    unknown = replace(existing, name=f"no-size-{uuid4().hex[:8]}")
    yield Step("unknown", deployment.variant_url(unknown, key), _problem_of_unknown)


def steps_without_signature(
    deployment: Deployment, key: str, sizes: Sequence[Size]
) -> Iterator[Step]:
    """Yield the step of a stack that serves only what is signed."""
    for size in _images(sizes)[:1]:
        url = deployment.variant_url(size, key)
        yield Step("refused", url, _problem_of_refused)


def steps_after_deletion(
    deployment: Deployment, key: str, sizes: Sequence[Size]
) -> Iterator[Step]:
    """Yield the steps when the original and its variants are gone."""
    for size in _images(sizes)[:1]:
        yield Step(
            name="absent",
            url=_uncached(deployment.variant_url(size, key)),
            find_problem=lambda response: _problem_of_absent(deployment, response),
        )


def _uncached(url: str) -> str:
    """A URL that no cache knows: eight hexadecimal digits can be a version."""
    return f"{url}?v={uuid4().hex[:8]}"


def _images(sizes: Sequence[Size]) -> list[Size]:
    return [size for size in sizes if not size.suffix]


def _problem_of_refused(response: Response) -> str | None:
    if response.status == HTTPStatus.FORBIDDEN:
        return None
    return f"{response.summary}, not 403, though it has no signature"


def _problem_of_made(deployment: Deployment, response: Response) -> str | None:
    if response.is_image:
        return None
    return _problem_of_function(deployment, response)


def _problem_of_served(
    deployment: Deployment, response: Response, body: bytes | None
) -> str | None:
    if response.on_request and response.is_image:
        return (
            "S3 refuses the distribution: the on-request function sent a variant that "
            f"the resized bucket has. Restore the policy of {deployment.resized} and, "
            "if it has a KMS key of yours, the key's policy (docs/configuration.md)"
        )
    if not response.is_image:
        return _problem_of_function(deployment, response)
    if response.body != body:
        return f"is not what s3://{deployment.resized} has"
    return None


def _problem_of_unknown(response: Response) -> str | None:
    if response.status == HTTPStatus.NOT_FOUND:
        return None
    return f"{response.summary}, not 404, though sizes.json has no such size"


def _problem_of_absent(deployment: Deployment, response: Response) -> str | None:
    if response.status == HTTPStatus.NOT_FOUND:
        return None
    if response.is_image:
        return "is still sent, though the original was deleted"
    return _problem_of_function(deployment, response)


def _problem_of_function(deployment: Deployment, response: Response) -> str:
    """Say why the on-request function, which S3's refusal leads to, sent no image."""
    outputs = deployment.outputs
    if response.status == HTTPStatus.FORBIDDEN:
        name = outputs["OnRequestFunctionName"]
        signature = "CloudFront refuses the signature, or " * is_private(deployment)
        return (
            f"403: {signature}Lambda refuses the distribution: look at the policy of "
            f"{name}"
        )
    group = outputs["OnRequestLogGroupName"]
    return f"{response.summary}; see the log group {group} for the reason"
