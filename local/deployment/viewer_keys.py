"""CloudFront's public keys and key groups, which the local CloudFormation has not.

The local cloud's CloudFront API has them: they are created by it, and their ids take
the place of references in the template.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from local.cloud import Cloud

_KEY, _GROUP = "AWS::CloudFront::PublicKey", "AWS::CloudFront::KeyGroup"


def create(cloud: Cloud, template: dict[str, Any]) -> dict[str, Any]:
    """The template without keys and groups, which exist now.

    Args:
        cloud: Where they are created, unless they are there already.
        template: Names in it may be a Fn::Join of texts and pseudo parameters.
    """
    client = cloud.client("cloudfront")
    ids: dict[str, str] = {}
    for kind, create_one in ((_KEY, _create_key), (_GROUP, _create_group)):
        for logical_id, properties in _of_type(template, kind).items():
            ids[logical_id] = create_one(client, _replaced(properties, ids))
    template["Resources"] = {
        name: resource
        for name, resource in template["Resources"].items()
        if name not in ids
    }
    found: dict[str, Any] = _replaced(template, ids)
    return found


def _of_type(template: dict[str, Any], kind: str) -> dict[str, Any]:
    return {
        name: resource["Properties"]
        for name, resource in template["Resources"].items()
        if resource["Type"] == kind
    }


def _replaced(value: Any, ids: dict[str, str]) -> Any:
    """A part of the template with ids in place of references to keys and groups."""
    match value:
        case {"Ref": str(name)} if name in ids:
            return ids[name]
        case dict():
            return {key: _replaced(one, ids) for key, one in value.items()}
        case list():
            return [_replaced(one, ids) for one in value]
    return value


def _create_key(client: Any, properties: dict[str, Any]) -> str:
    config = properties["PublicKeyConfig"]
    name = _name(config["Name"])
    existing = client.list_public_keys()["PublicKeyList"].get("Items", ())
    for one in existing:
        if one["Name"] == name:
            return str(one["Id"])
    created = client.create_public_key(
        PublicKeyConfig={
            "CallerReference": config["CallerReference"],
            "Name": name,
            "EncodedKey": config["EncodedKey"],
        }
    )
    return str(created["PublicKey"]["Id"])


def _create_group(client: Any, properties: dict[str, Any]) -> str:
    config = dict(properties["KeyGroupConfig"])
    config["Name"] = _name(config["Name"])
    for one in client.list_key_groups()["KeyGroupList"].get("Items", ()):
        group = one["KeyGroup"]
        if group["KeyGroupConfig"]["Name"] == config["Name"]:
            etag = client.get_key_group(Id=group["Id"])["ETag"]
            client.update_key_group(Id=group["Id"], KeyGroupConfig=config, IfMatch=etag)
            return str(group["Id"])
    return str(client.create_key_group(KeyGroupConfig=config)["KeyGroup"]["Id"])


def _name(value: Any) -> str:
    """A name; the pseudo parameters in it stay as words."""
    match value:
        case {"Fn::Join": [separator, parts]}:
            return str(separator).join(_name(part) for part in parts)
        case {"Ref": name}:
            return str(name).rsplit(":", 1)[-1]
    return str(value)
