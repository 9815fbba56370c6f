"""The documents agree with the code."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from resize_on_upload.imaging.codecs import encode
from resize_on_upload.sizes import entry, geometry
from resize_on_upload.sizes import parser as sizes
from resize_on_upload.sizes.dimensions import dimensions
from resize_on_upload_cdk.configuration.context import SETTINGS
from resize_on_upload_cli import parser
from scripts import reference

ROOT = Path(__file__).parents[2]
CODE_FOLDERS = ("lambda", "resize_on_upload_cli", "resize_on_upload_cdk", "stacks")
README = (ROOT / "README.md").read_text()
DOCUMENTS = (
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "docs/alternatives.md",
    "docs/configuration.md",
    "docs/construct.md",
    "docs/convergence.md",
    "docs/delivery.md",
    "docs/delivery-access.md",
    "docs/delivery-operations.md",
    "docs/operations.md",
    "docs/engine.md",
    "docs/first-day.md",
    "docs/frameworks.md",
    "docs/hdr.md",
    "docs/inventory-tables.md",
    "docs/install.md",
    "docs/manifest.md",
    "docs/performance.md",
    "docs/permissions.md",
    "docs/scale.md",
    "docs/runbook.md",
    "docs/security.md",
    "docs/template.md",
    "docs/terraform.md",
    "docs/troubleshooting.md",
    "docs/upload-page.md",
    "docs/upgrading.md",
)
CONFIGURATION = (ROOT / "docs" / "configuration.md").read_text()


def _table(document: str, heading: str) -> list[list[str]]:
    """The rows of the first table below a heading, cells without backticks."""
    rows = (
        document.split(f"\n## {heading}\n", 1)[1]
        .split("\n## ", maxsplit=1)[0]
        .splitlines()
    )
    lines = [re.split(r" *\| *", row.strip())[1:-1] for row in rows if "|" in row]
    return [cells for cells in lines[1:] if set("".join(cells)) != {"-"}]


def test_the_tables_of_the_configuration_are_those_of_the_code() -> None:
    """`make reference` writes them."""
    assert reference.written(CONFIGURATION) == CONFIGURATION


def test_the_settings_of_the_readme_are_some_of_them() -> None:
    shown = {row[0].strip("`") for row in _table(README, "Settings")}
    assert shown < SETTINGS.keys()


def test_the_size_options_are_documented() -> None:
    for option in (*entry.KEYS, "enlarge", "manifest"):
        assert f"`{option}`" in CONFIGURATION
    qualities = {name.upper(): value for name, value in encode.QUALITY.items()}
    for name, value in qualities.items():
        assert re.search(rf"{name} {value}\b", CONFIGURATION, re.IGNORECASE)


@pytest.mark.parametrize("row", _table(CONFIGURATION, "Geometries"), ids=str)
def test_the_geometry_table_is_true(row: list[str]) -> None:
    """Each example, worked out for the 400 by 200 image of the table's head."""
    texts = re.findall(r"`([^`]+)`", row[0])
    results = re.findall(r"(\d+)\D(\d+)", row[1])
    results *= len(texts) // len(results)
    for text, (width, height) in zip(texts, results, strict=True):
        found = dimensions(400, 200, geometry.parse(text))
        assert found == (int(width), int(height))


@pytest.mark.parametrize("document", [README, CONFIGURATION], ids=["README", "config"])
def test_every_sizes_json_shown_is_valid(document: str) -> None:
    blocks = re.findall(r"```json\n(.*?)```", document, re.DOTALL)
    shown = [block for block in blocks if '"sizes"' in block]
    assert shown
    for block in shown:
        sizes.parse(block)


def test_the_size_examples_of_the_readme_are_valid() -> None:
    """The table of what to write."""
    table = _table(README, "Choose your sizes")
    entries = [re.findall(r"`([^`]+)`", row[0])[0] for row in table]
    document = [json.loads(e) if e.startswith("{") else e for e in entries]
    assert len(sizes.parse(json.dumps({"sizes": document}))) == 5


def _words(text: str) -> int:
    return sum(any(map(str.isalnum, word)) for word in text.split())


def test_the_first_command_comes_early() -> None:
    """Before word 120, and the whole page stays short."""
    assert _words(README.split("make demo", 1)[0]) < 120
    assert _words(README) <= 700


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_shell_block_can_be_pasted(document: str) -> None:
    """A shell reads `<this repository>` as a redirection from a file."""
    text = (ROOT / document).read_text()
    for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL):
        assert not re.search(r"<[a-z ]+>|…", block), block


@pytest.mark.parametrize("document", [name for name in DOCUMENTS if "/" in name])
def test_lines_of_prose_are_short(document: str) -> None:
    """Those in tables, in code, and with a long address may be longer."""
    text = (ROOT / document).read_text()
    text = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    long = [line for line in text.splitlines() if len(line) > 120]
    assert [line for line in long if not re.search(r"^\||\]\(http", line)] == []


def _anchors(file: Path) -> set[str]:
    """The anchors of a document's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", file.read_text(), re.MULTILINE)
    plain = (re.sub(r"[^\w -]", "", heading.lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in plain}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_link_leads_somewhere(document: str) -> None:
    for link in re.findall(r"\]\(([^)]+)\)", (ROOT / document).read_text()):
        if link.startswith("http"):
            continue
        name, _, anchor = link.partition("#")
        file = (ROOT / document).parent / name if name else ROOT / document
        assert file.exists(), link
        assert not anchor or anchor in _anchors(file), link


def _map() -> set[str]:
    """The paths in CONTRIBUTING's map: nested by two blanks, a comma between names."""
    text = (ROOT / "CONTRIBUTING.md").read_text()
    found: set[str] = set()
    parents: list[str] = []
    section = text.partition("\n## Where things are\n")[2]
    for line in section.split("```\n")[1].splitlines():
        names = re.split(r"  +", line.strip())[0]
        depth = (len(line) - len(line.lstrip())) // 2
        parents[depth:] = [names]
        found |= {"".join(parents[:depth]) + name for name in names.split(", ")}
    return found


def test_the_map_has_every_package_and_nothing_else() -> None:
    assert [path for path in _map() if not (ROOT / path).exists()] == []
    packages = {
        f"{file.parent.relative_to(ROOT)}/"
        for folder in (*CODE_FOLDERS, "local")
        for file in ROOT.glob(f"{folder}/**/__init__.py")
    }
    assert packages - _map() == set()


SOURCE_FILE = re.compile(r"`((?:[\w.-]+/)+[\w-]+\.(?:py|c|json|xml))`")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_source_file_named_exists(document: str) -> None:
    """From the root of the repository or of the function's package."""
    for name in SOURCE_FILE.findall((ROOT / document).read_text()):
        places = (ROOT / name, ROOT / "lambda" / "resize_on_upload" / name)
        assert any(place.exists() for place in places), name


def _sources() -> str:
    """All of our code, with strings that are written over several lines joined."""
    files = [file for part in CODE_FOLDERS for file in ROOT.glob(f"{part}/**/*.py")]
    text = "\n".join(file.read_text() for file in files)
    return re.sub(r'"\s*\n\s*f?"', "", text)


def _errors_explained() -> list[str]:
    text = (ROOT / "docs" / "troubleshooting.md").read_text()
    return re.findall(r"^## `(.+)`$", text, re.MULTILINE)


@pytest.mark.parametrize("heading", _errors_explained())
def test_every_error_explained_is_one_that_we_say(heading: str) -> None:
    """Word for word, but for what differs each time."""
    source = _sources()
    for part in heading.split("…"):
        assert part.strip() in source, part


NOT_FROM_THE_CDK = {
    "Cannot connect to the Docker daemon": "Docker's",
    "exec format error": "the kernel's",
    "No space left on device": "the kernel's",
}


def _errors_of_the_cdk() -> list[str]:
    text = (ROOT / "docs" / "troubleshooting.md").read_text()
    return re.findall(r"^### `(.+)`$", text, re.MULTILINE)


@pytest.mark.parametrize("heading", _errors_of_the_cdk())
def test_every_error_of_the_cdk_is_one_that_it_says(heading: str) -> None:
    """Word for word, in the version that package.json pins."""
    if heading in NOT_FROM_THE_CDK:
        return
    source = ROOT / "node_modules" / "aws-cdk" / "lib" / "index.js"
    if not source.exists():
        pytest.skip("npm install was not run")
    text = source.read_text()
    for part in re.split("…|, but ", heading):
        assert part.strip() in text, part


def test_every_alarm_and_output_named_exists() -> None:
    """What the documents say to look for."""
    files = ROOT.glob("resize_on_upload_cdk/**/*.py")
    stacks = "\n".join(file.read_text() for file in files)
    for document in DOCUMENTS:
        text = (ROOT / document).read_text()
        for name in re.findall(r"outputs? `(\w+)`", text):
            assert re.search(rf"\b{name}\b", stacks), (document, name)


CODE = re.compile(r"```(?:sh|console)\n(.*?)```|`([^`\n]+)`", re.DOTALL)


def _code(pattern: str) -> list[str]:
    """What the documents show as code and matches, each once."""
    found: dict[str, None] = {}
    for document in DOCUMENTS:
        for block, inline in CODE.findall((ROOT / document).read_text()):
            for line in (block or inline).splitlines():
                found |= dict.fromkeys(re.findall(pattern, line.partition(" # ")[0]))
    return list(found)


COMMAND = r"^(?:\$ )?(?:\.venv/bin/)?resize-on-upload ([^#`|]+)$"


@pytest.mark.parametrize("command", _code(COMMAND))
def test_every_command_shown_can_be_given(command: str) -> None:
    """Its words are commands and options that there are."""
    arguments = shlex.split(command.replace("…", ""))
    if arguments in (["redrive"], ["check", "KEY"], ["--version"]):  # named, not shown
        return
    if arguments in (["upload"], ["preview"], ["urls"], ["html"], ["invalidate"]):
        arguments.append("FILE")
    parser.parse(arguments)


@pytest.mark.parametrize("target", _code(r"^make ([a-z]+)"))
def test_every_make_target_shown_exists(target: str) -> None:
    makefile = (ROOT / "Makefile").read_text()
    assert re.search(rf"^{target}:", makefile, re.MULTILINE)


@pytest.mark.parametrize("setting", _code(r"-c ([a-zA-Z]+=[^ `\"]+)"))
def test_every_setting_shown_is_accepted(setting: str) -> None:
    key, _, value = setting.partition("=")
    if key == "key":  # key=value
        return
    if key == "viewerKey":  # the reader's file
        return
    (value,) = shlex.split(value)
    parse = SETTINGS[key].parse
    parsed = parse(value.lower() if value == "NAME" else value)
    assert parsed is not None or value == "none"
