"""The completion script for fish."""

from __future__ import annotations

from typing import TYPE_CHECKING

from resize_on_upload_cli.completion.described import FILE, FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from resize_on_upload_cli.completion.described import Command, Option, Value

_BEGIN = "complete -c resize-on-upload"


def script(commands: Sequence[Command]) -> str:
    """Return the script, to be sourced."""
    return "".join(f"{line}\n" for line in _lines(commands))


def _lines(commands: Sequence[Command]) -> Iterator[str]:
    yield f"{_BEGIN} -f"
    yield f"{_BEGIN} -n __fish_use_subcommand -l version -d 'print the version'"
    for command in commands:
        about = f"-a {command.name} -d {_quoted(command.summary)}"
        yield f"{_BEGIN} -n __fish_use_subcommand {about}"
    for command in commands:
        seen = _quoted(f"__fish_seen_subcommand_from {command.name}")
        begin = f"{_BEGIN} -n {seen}"
        argument = command.argument and _arguments(command.argument)
        if argument:
            yield f"{begin} {argument}"
        for option in command.options:
            yield f"{begin} {_option(option)}"


def _option(option: Option) -> str:
    parts = [
        f"-l {flag[2:]}" if flag.startswith("--") else f"-s {flag[1:]}"
        for flag in option.flags
    ]
    if option.value:
        parts.append(f"-r {_arguments(option.value)}".rstrip())
    return " ".join([*parts, f"-d {_quoted(option.help)}"])


def _arguments(value: Value) -> str:
    if value.choices:
        return f"-a {_quoted(' '.join(value.choices))}"
    if value.kind == FOLDER:
        return "-a '(__fish_complete_directories)'"
    return "-F" if value.kind == FILE else ""


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
