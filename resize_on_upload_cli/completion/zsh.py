"""The completion script for zsh."""

from __future__ import annotations

from typing import TYPE_CHECKING

from resize_on_upload_cli.completion.described import FILE, FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from resize_on_upload_cli.completion.described import Command, Option, Value

_HEAD = """\
#compdef resize-on-upload
_resize_on_upload() {
  local -a commands
  commands=(
"""
_MIDDLE = """\
  )
  if (( CURRENT == 2 )); then
    _describe -t commands command commands
    _arguments '--help[show help]' '--version[print the version]'
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
"""
_TAIL = """\
  esac
}
compdef _resize_on_upload resize-on-upload
"""


def script(commands: Sequence[Command]) -> str:
    """Return the script, to be evaluated after compinit."""
    names = "".join(f"    {_quoted(_described(one))}\n" for one in commands)
    cases = "".join(_case(one) for one in commands)
    return _HEAD + names + _MIDDLE + cases + _TAIL


def _described(command: Command) -> str:
    return f"{command.name}:{command.summary.replace(':', chr(92) + ':')}"


def _case(command: Command) -> str:
    specs = [spec for option in command.options for spec in _specs(option)]
    if command.argument:
        specs.append(f"*:{command.argument.name}:{_action(command.argument)}")
    lines = " \\\n        ".join(map(_quoted, specs))
    return f"    {command.name})\n      _arguments \\\n        {lines} ;;\n"


def _specs(option: Option) -> Iterator[str]:
    for flag in option.flags:
        text = option.help
        for special in "\\[]:":
            text = text.replace(special, f"\\{special}")
        value = option.value
        after = f":{value.name}:{_action(value)}" if value else ""
        yield f"{flag}[{text}]{after}"


def _action(value: Value) -> str:
    if value.choices:
        return f"({' '.join(value.choices)})"
    return {FILE: "_files", FOLDER: "_files -/"}.get(value.kind, " ")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
