"""What the repository promises about itself: its lists agree with each other, and its rules hold."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from benchmarks.import_cost import heavy_modules_loaded
from dev import costs
from lib.settings import Settings, names_of

ROOT = Path(__file__).parents[1]
UV = ROOT / ".local/uv/bin/uv"  # put there by `make setup`
READS_THE_CLOCK = re.compile(
    r"\b(now|clock_timestamp|statement_timestamp|transaction_timestamp|timeofday)\s*\("
    r"|\b(current_(date|time|timestamp)|localtime(stamp)?)\b",
    re.IGNORECASE,
)


def test_env_example_lists_every_setting_and_nothing_else() -> None:
    accepted = {name for field in Settings.model_fields for name in names_of(field)}
    assert {name for name, _ in env_example()} == accepted


def test_env_example_as_it_stands_is_the_default_settings() -> None:
    assert Settings.from_environment(dict(env_example())) == Settings()


def test_env_example_shows_every_default() -> None:
    shown = {name for name, value in env_example() if value}
    assert shown == {names_of(name)[0] for name, field in Settings.model_fields.items() if field.default is not None}


def env_example() -> list[tuple[str, str]]:
    """Every `NAME=value`, also of the other accepted names, which stand there as comments."""
    return re.findall(r"^(?:# )?([A-Z][A-Z0-9_]*)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE)


def test_what_a_month_costs_is_what_the_code_computes() -> None:
    shown = re.search(r"<!-- costs -->\n(.*?)\n<!-- /costs -->", (ROOT / "README.md").read_text(), re.DOTALL)
    assert shown is not None
    assert shown[1] == costs.table(), "put the output of `python -m dev.costs` into the README"


def test_requirements_are_what_the_lock_says() -> None:
    """Vercel reads pyproject.toml and uv.lock; AWS Lambda's tools read requirements.txt."""
    if not UV.exists():
        pytest.fail("uv is missing: run `make setup`")
    command = [
        str(UV),
        "export",
        "--frozen",
        "--offline",
        "--no-dev",
        "--no-hashes",
        "--no-annotate",
        "--no-header",
        "--quiet",
    ]
    exported = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    written = (ROOT / "requirements.txt").read_text().splitlines()
    assert [line for line in written if not line.startswith("#")] == exported.splitlines(), "run `make lock`"


def test_what_the_product_imports_is_among_its_own_dependencies() -> None:
    """A host installs neither groups nor extras: only these."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    pinned = {line.split("==")[0] for line in (ROOT / "requirements.txt").read_text().splitlines() if "==" in line}
    declared = {re.split(r"[\[<>=~!; ]", line)[0] for line in project["dependencies"]}
    assert declared <= pinned
    assert "optional-dependencies" not in project


def test_nothing_heavy_is_imported_at_a_cold_start() -> None:
    assert heavy_modules_loaded() == []


@pytest.mark.parametrize("folder", ["schemas", "migrations"])
def test_our_sql_never_reads_a_clock(folder: str) -> None:
    files = list((ROOT / "supabase" / folder).rglob("*.sql"))
    found = [
        f"{path.name}: {line.strip()}"
        for path in files
        for line in without_comments(path)
        if READS_THE_CLOCK.search(line)
    ]
    assert files
    assert found == []


def without_comments(path: Path) -> list[str]:
    return [line.split("--")[0] for line in path.read_text().splitlines()]


def test_every_verb_of_the_makefile_says_what_it_does() -> None:
    makefile = (ROOT / "Makefile").read_text()
    verbs = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    told = set(re.findall(r"^([a-z]+):.*## \S", makefile, re.MULTILINE))
    assert verbs == told
    assert set(re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[0].split()) == verbs
