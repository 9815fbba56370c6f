"""The completion script for bash, from version 3.2 on, which macOS has."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from resize_on_upload_cli.completion.described import FILE, FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from resize_on_upload_cli.completion.described import Command, Value

_HEAD = """\
_resize_on_upload() {
  local word command='' current previous
  current=${COMP_WORDS[COMP_CWORD]}
  previous=${COMP_WORDS[COMP_CWORD-1]}
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case $word in -*) ;; *) command=$word; break ;; esac
  done
  COMPREPLY=()
  case "$command $previous" in
"""
_MIDDLE = """\
  esac
  case "$command" in
"""
_TAIL = """\
  esac
}
_resize_on_upload_words() {
  COMPREPLY=($(compgen -W "$1" -- "$current"))
  _resize_on_upload_no_files
}
_resize_on_upload_no_files() {
  if type compopt >/dev/null 2>&1; then compopt +o default; fi
}
complete -o default -F _resize_on_upload resize-on-upload
"""


def script(commands: Sequence[Command]) -> str:
    """Return the script; an empty reply makes bash complete the names of files."""
    values = "".join(line for one in commands for line in _values(one))
    names = " ".join(["--help", "--version", *(one.name for one in commands)])
    first = f"    '') _resize_on_upload_words {shlex.quote(names)} ;;\n"
    options = "".join(_options(one) for one in commands)
    return _HEAD + values + _MIDDLE + first + options + _TAIL


def _values(command: Command) -> Iterator[str]:
    """Yield what follows each option that has a value."""
    for option in command.options:
        if option.value:
            flags = "|".join(f"'{command.name} {flag}'" for flag in option.flags)
            yield f"    {flags}) {_of_value(option.value)}; return ;;\n"


def _options(command: Command) -> str:
    """Return the case of a command: options after a dash, otherwise its arguments."""
    flags = " ".join(flag for one in command.options for flag in one.flags)
    argument = _of_value(command.argument) if command.argument else ":"
    return (
        f"    {command.name})\n"
        f"      case $current in\n"
        f"        -*) _resize_on_upload_words {shlex.quote(flags)} ;;\n"
        f"        *) {argument} ;;\n"
        f"      esac ;;\n"
    )


def _of_value(value: Value) -> str:
    if value.choices:
        return f"_resize_on_upload_words {shlex.quote(' '.join(value.choices))}"
    return ":" if value.kind in (FILE, FOLDER) else "_resize_on_upload_no_files"
