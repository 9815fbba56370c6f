"""The container image has of botocore's data what the function uses, and no more."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import botocore
import pytest
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import BotoCoreError
from botocore.loaders import Loader
from botocore.regions import EndpointResolver

from resize_on_upload.build import trim_botocore
from resize_on_upload.build.trim_botocore import METHODS, UnknownMethodError, trim
from resize_on_upload.upload_page.form import presigned_form, signing_options
from tests.support import aws_calls
from tests.support.aws_calls import CALLS, Call

if TYPE_CHECKING:
    from botocore.session import Session

FUNCTION = Path(__file__).parents[2] / "lambda" / "resize_on_upload"
ALL_DATA = Path(botocore.__file__).parent / "data"
MAX_BYTES = 300_000
ENDPOINT_KINDS = [
    {"use_fips_endpoint": fips, "use_dualstack_endpoint": dualstack}
    for fips in (False, True)
    for dualstack in (False, True)
]
ONE_PER_SERVICE = {call.service: call for call in CALLS}.values()
BOTOCORES_OWN = {("s3", "head_bucket"), ("s3", "create_bucket")}

# Everything that a client or a session offers beyond the methods of its service.
OTHER_METHODS = {
    "get_paginator",
    "get_waiter",
    "generate_presigned_url",
}


@pytest.fixture(scope="module")
def trimmed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Botocore's data as in the container image."""
    target = tmp_path_factory.mktemp("botocore") / "data"
    trim(ALL_DATA, target)
    return target


@pytest.fixture(scope="module")
def session(trimmed: Path) -> Session:
    """A session that has the trimmed data alone."""
    made = aws_calls.session()
    made.register_component("data_loader", _loader(trimmed))
    return made


@pytest.fixture(scope="module")
def untrimmed() -> Session:
    """A session that has all of botocore's data."""
    return aws_calls.session()


def _loader(data: Path) -> Loader:
    """A loader of data that is botocore's own: other data has other rules."""

    class BuiltinLoader(Loader):
        BUILTIN_DATA_PATH = str(data)

    return BuiltinLoader()


@cache
def _partitions() -> list[dict[str, Any]]:
    found = json.loads((ALL_DATA / "endpoints.json").read_text())["partitions"]
    assert {"aws", "aws-cn", "aws-us-gov"} <= {entry["partition"] for entry in found}
    return list(found)


def _calls_in(code: str) -> tuple[set[str], set[str]]:
    """The services whose clients are created, and the attributes that are called."""
    called = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call)]
    services = {
        str(argument.value)
        for call in called
        for argument in call.args[:1]
        if ast.unparse(call.func).endswith(("_client", "client"))
        and isinstance(argument, ast.Constant)
    }
    names = {call.func.attr for call in called if isinstance(call.func, ast.Attribute)}
    return services, names


@cache
def _methods_of_aws() -> dict[str, set[str]]:
    """The methods of every service that the function has a client of."""
    loader = _loader(ALL_DATA)
    models = {name: loader.load_service_model(name, "service-2") for name in METHODS}
    return {
        name: set(map(xform_name, model["operations"]))
        for name, model in models.items()
    }


def test_the_methods_are_those_that_the_code_calls() -> None:
    services: set[str] = set()
    names: set[str] = set()
    for file in FUNCTION.rglob("*.py"):
        if file.parent.name != "build":
            found = _calls_in(file.read_text())
            services |= found[0]
            names |= found[1]
    assert services == METHODS.keys()
    assert not names & OTHER_METHODS
    called = {
        (service, method)
        for service, methods in _methods_of_aws().items()
        for method in methods & names
    }
    listed = {(name, method) for name, methods in METHODS.items() for method in methods}
    assert called == listed - BOTOCORES_OWN


def test_every_method_has_a_call_in_these_tests() -> None:
    listed = [(name, method) for name, methods in METHODS.items() for method in methods]
    assert [(call.service, call.method) for call in CALLS] == listed


def test_the_data_is_small(trimmed: Path) -> None:
    contents = _contents(trimmed)
    assert sum(map(len, contents.values())) < MAX_BYTES
    assert not any("<p>" in contents[name] for name in contents if "/" in name)


@pytest.mark.parametrize("call", CALLS, ids=str)
def test_requests_and_responses_are_the_same(
    session: Session, untrimmed: Session, call: Call
) -> None:
    region = "eu-central-1"
    found, expected = (
        aws_calls.make(call, one, region) for one in (session, untrimmed)
    )
    assert found == expected


@pytest.mark.parametrize("kind", ENDPOINT_KINDS, ids=str)
@pytest.mark.parametrize("call", ONE_PER_SERVICE, ids=str)
def test_requests_are_the_same_in_every_partition(
    session: Session, untrimmed: Session, call: Call, kind: dict[str, bool]
) -> None:
    for partition in _partitions():
        region = min(partition["regions"])
        found, expected = (
            aws_calls.make(call, one, region, **kind) for one in (session, untrimmed)
        )
        assert found == expected


@pytest.mark.parametrize("call", ONE_PER_SERVICE, ids=str)
def test_configured_endpoints_are_used(
    monkeypatch: pytest.MonkeyPatch, session: Session, call: Call
) -> None:
    """As the local stack configures them."""
    model = _loader(ALL_DATA).load_service_model(call.service, "service-2")
    own = model["metadata"]["serviceId"].upper().replace(" ", "_")
    for name in ("AWS_ENDPOINT_URL", f"AWS_ENDPOINT_URL_{own}"):
        with monkeypatch.context() as inner:
            inner.setenv(name, "http://127.0.0.1:9")
            ((_, url, *_), _) = aws_calls.make(call, session, "eu-central-1")
        assert url.startswith(("http://127.0.0.1:9/", "https://queue"))


@pytest.mark.parametrize("service", METHODS)
def test_every_region_has_the_same_endpoints(trimmed: Path, service: str) -> None:
    found, expected = map(_resolver, (trimmed, ALL_DATA))
    for partition in _partitions():
        pseudo_regions = partition["services"].get(service, {}).get("endpoints", {})
        for region in {*partition["regions"], *pseudo_regions, "xx-new-1"}:
            for kind in ENDPOINT_KINDS:
                assert _endpoint(found, service, region, kind) == _endpoint(
                    expected, service, region, kind
                )


def _resolver(data: Path) -> EndpointResolver:
    return EndpointResolver(_loader(data).load_data("endpoints"))


def _endpoint(
    resolver: EndpointResolver, service: str, region: str, kind: dict[str, bool]
) -> object:
    try:
        return resolver.construct_endpoint(service, region, None, **kind)
    except BotoCoreError as error:
        return str(error)


@pytest.mark.parametrize("service", METHODS)
def test_the_rules_for_endpoints_are_complete(trimmed: Path, service: str) -> None:
    """They, and the partitions, decide on every endpoint of a request."""
    found, expected = (
        _loader(data).load_service_model(service, "endpoint-rule-set-1")
        for data in (trimmed, ALL_DATA)
    )
    assert found == trim_botocore._undocumented(expected)
    found, expected = (
        _loader(data).load_data("partitions") for data in (trimmed, ALL_DATA)
    )
    assert found == expected


def test_a_method_that_botocore_does_not_know_stops_the_build(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(METHODS, "sqs", ("send_letter", "send_message"))
    with pytest.raises(UnknownMethodError, match="sqs: send_letter"):
        trim(ALL_DATA, tmp_path / "data")


def test_a_member_called_documentation_is_kept() -> None:
    shape = {"members": {"documentation": {"shape": "Text"}}, "documentation": "<p>"}
    assert trim_botocore._undocumented(shape) == shape | {"documentation": ""}


def test_the_program_replaces_the_folder(tmp_path: Path, trimmed: Path) -> None:
    """As the Dockerfile runs it."""
    folder = tmp_path / "data"
    folder.mkdir()
    for name in (*METHODS, *(file.name for file in ALL_DATA.glob("*.json"))):
        (folder / name).symlink_to(ALL_DATA / name)
    subprocess.run([sys.executable, trim_botocore.__file__, folder], check=True)
    assert _contents(folder) == _contents(trimmed)


def _contents(folder: Path) -> dict[str, str]:
    return {
        str(file.relative_to(folder)): file.read_text()
        for file in folder.rglob("*")
        if file.is_file()
    }


def test_forms_are_the_same(session: Session, untrimmed: Session) -> None:
    """Signed with version 4, also for us-east-1, and for the bucket's own region."""
    for region, place in (
        ("us-east-1", "photos.s3.amazonaws.com"),
        ("eu-central-1", "photos.s3.eu-central-1.amazonaws.com"),
    ):
        forms = []
        for one in (session, untrimmed):
            client: Any = one.create_client(
                "s3",
                region_name=region,
                aws_access_key_id="a",
                aws_secret_access_key="b",  # noqa: S106 - not a secret
                config=Config(**signing_options("photos")),
            )
            forms.append(presigned_form(client, "photos", "a b.jpg", "image/jpeg"))
        addresses = [form["url"] for form in forms]
        assert addresses == [f"https://{place}/"] * 2
        assert forms[0]["fields"].keys() == forms[1]["fields"].keys()
        assert forms[0]["fields"]["x-amz-algorithm"] == "AWS4-HMAC-SHA256"
