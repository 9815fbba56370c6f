"""nginx's configuration for a deployed distribution.

    viewer → "edge"    the edge function, the cache, one request at a time to an origin
           → "group"   S3's answer; after a failover status, the function's

They are two servers because nginx releases its cache lock when it goes from one
location to another: in one server, every viewer of a missing image would get through.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from local.delivery import cors, edge_module, signed_only

if TYPE_CHECKING:
    from pathlib import Path

    from local.delivery.deployed import Deployed

TIMEOUT_SECONDS = 900
"""In place of the deployed time-out of an origin: this machine may be slower."""

GROUP_SOCKET = "group.sock"

_CONFIGURATION = """\
daemon off; master_process off; worker_processes 1; pid {state}/nginx.pid;
error_log {state}/nginx-error.log warn;
load_module {module};
events {{ worker_connections 1024; }}
http {{
  access_log off;
  client_body_temp_path {state}/t1; proxy_temp_path {state}/t2;
  fastcgi_temp_path {state}/t3; uwsgi_temp_path {state}/t4; scgi_temp_path {state}/t5;
  js_path {state}; js_import edge from {edge_module};
  js_set $edge_path edge.path; js_set $edge_query edge.query;
  js_set $s3_path edge.s3Path;
  proxy_cache_path {state}/cache levels=1:2 keys_zone=edge:10m max_size=1g
                   inactive=24h use_temp_path=off;
  merge_slashes off; server_tokens off; large_client_header_buffers 4 16k;
  proxy_http_version 1.1;
  proxy_buffer_size 16k; proxy_buffers 8 64k; proxy_busy_buffers_size 128k;
  upstream group {{ server unix:{state}/{group_socket}; keepalive 16; }}
  upstream cloud {{ server {cloud}; keepalive 16; }}
  upstream signer {{ server 127.0.0.1:{signer_port}; }}
  map $upstream_cache_status $x_cache {{
    default "Miss from cloudfront";
    HIT "Hit from cloudfront"; STALE "Hit from cloudfront";
    UPDATING "Hit from cloudfront"; REVALIDATED "RefreshHit from cloudfront";
  }}
  map $http_origin $allow_origin {{ {allowed_origins} }}
  server {{
    listen 127.0.0.1:{port};
{signed_only}
    location / {{
      if ($request_method !~ ^({methods})$) {{ return 403; }}
      if ($edge_path = "") {{ rewrite ^ /edge-response last; }}
      proxy_set_header Connection "";
      proxy_cache edge; proxy_cache_key $edge_path$edge_query;
      proxy_cache_lock on;
      proxy_cache_lock_timeout {timeout}s; proxy_cache_lock_age {timeout}s;
      proxy_cache_revalidate on; proxy_cache_background_update on;
      proxy_cache_use_stale http_500 http_502 http_503 http_504;
      proxy_cache_valid 200 {default_ttl}s; proxy_force_ranges on;
      {error_ttls}
      proxy_read_timeout {timeout}s;
      {hide}
      {add}
      add_header Access-Control-Allow-Origin $allow_origin always;
      add_header X-Cache $x_cache always;
      {response_filter}
      proxy_pass http://group$edge_path$edge_query;
    }}
{upload_page}
    location = /edge-response {{
      internal;
      {add}
      add_header X-Cache "FunctionGeneratedResponse from cloudfront" always;
      js_content edge.respond;
    }}
  }}
  server {{
    listen unix:{state}/{group_socket};
    proxy_read_timeout {timeout}s;
    location / {{
      proxy_set_header Connection ""; proxy_set_header Host {domain};
      proxy_set_header X-Forwarded-Proto https;
      proxy_intercept_errors on; error_page {failover} = @second;
      proxy_pass {scheme}://cloud$s3_path;
    }}
    location @second {{ proxy_pass http://signer$request_uri; }}
  }}
}}
"""

_INTERNAL = (
    *("x-amz-request-id", "x-amz-id-2"),
    *("x-cache", "via", "x-amz-cf-pop", "x-amz-cf-id"),
)
"""Headers that only the local cloud sends, or with values of the local cloud."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where everything is on this machine.

    Attributes:
        state: A folder for nginx's files; the edge module is in it.
        module: nginx's module for JavaScript.
        cloud: The local cloud's endpoint.
        port: To listen on.
        signer_port: The signer's, on loopback.
        page_port: That of the upload page's signer; 0 without a page.
    """

    state: Path
    module: Path
    cloud: str
    port: int
    signer_port: int
    page_port: int = 0


def configuration(deployed: Deployed, places: Places) -> str:
    """The text of nginx.conf."""
    scheme, host = places.cloud.split("://")
    added = "\n      ".join(
        f'add_header {name} "{value}" always;'
        for name, value in (
            deployed.headers_added | cors.varying(deployed.cors_origins)
        ).items()
    )
    hidden = {*deployed.headers_removed, *_INTERNAL} - {"server"}
    return _CONFIGURATION.format(
        state=places.state,
        module=places.module,
        edge_module=edge_module.MODULE,
        group_socket=GROUP_SOCKET,
        cloud=host,
        scheme=scheme,
        port=places.port,
        signer_port=places.signer_port,
        domain=deployed.domain,
        methods="|".join(deployed.methods),
        timeout=TIMEOUT_SECONDS,
        default_ttl=deployed.default_ttl,
        response_filter=(
            "js_header_filter edge.filter;" if deployed.response_code else ""
        ),
        failover=" ".join(map(str, deployed.failover_statuses)),
        allowed_origins=cors.origin_map(deployed.cors_origins),
        error_ttls="\n      ".join(
            f"proxy_cache_valid {status} {seconds}s;"
            for status, seconds in deployed.error_ttls.items()
            if seconds
        ),
        hide="\n      ".join(f"proxy_hide_header {name};" for name in sorted(hidden)),
        add=added,
        upload_page=_upload_page(deployed, places),
        signed_only=signed_only.configuration(deployed.viewer_keys, added),
    )


def _upload_page(deployed: Deployed, places: Places) -> str:
    """The location of the upload page, which is never cached."""
    if not (deployed.page_path and places.page_port):
        return ""
    return (
        f"    location {deployed.page_path} {{\n"
        "      if ($request_method !~ ^(GET|HEAD)$) { return 403; }\n"
        f"      proxy_pass http://127.0.0.1:{places.page_port};\n"
        "    }"
    )
