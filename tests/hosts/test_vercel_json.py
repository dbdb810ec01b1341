"""What Vercel is told: the one function, its limits, its crons on either plan, and what stays at home."""

import ast
import json
import re
import tomllib
from datetime import timedelta

import httpx
import pytest

from dev.vercel import CRONS, written_for
from lib.app import create_app
from lib.domain.publication import PUBLISHING_LEASE
from lib.pipeline.publish import SENDING_TIME
from lib.pipeline.write import WRITING_TIME
from lib.settings import Settings
from tests.hosts.deployment import ROOT, bundled, project_files, vercel_config

ENTRY = "api/index.py"
RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 6))  # minute, hour, day of month, month, weekday


def test_vercel_json_is_one_of_the_two_plans_and_nothing_else_differs() -> None:
    config = vercel_config()
    pro, hobby = (json.loads(written_for(plan, config)) for plan in ("pro", "hobby"))
    assert config in (pro, hobby)
    assert {key: value for key, value in pro.items() if key != "crons"} == {
        key: value for key, value in hobby.items() if key != "crons"
    }
    assert [cron["path"] for cron in pro["crons"]] == [cron["path"] for cron in hobby["crons"]]


def test_going_to_hobby_and_back_leaves_the_file_as_it_was() -> None:
    text = (ROOT / "vercel.json").read_text()
    config = json.loads(text)
    assert written_for("pro", json.loads(written_for("hobby", config))) == written_for("pro", config)
    assert text in (written_for("pro", config), written_for("hobby", config))


@pytest.mark.parametrize("plan", CRONS)
def test_every_cron_is_one_that_vercel_accepts(plan: str) -> None:
    """`vercel build` lets anything pass; the deployment fails, or the cron never runs."""
    assert len(CRONS[plan]) <= 100
    assert [problem for schedule in CRONS[plan].values() for problem in cron_problems(schedule)] == []


@pytest.mark.parametrize(
    ("schedule", "problem"),
    [
        ("0 * * *", "5 fields"),
        ("0 0 * * * *", "5 fields"),
        ("61 5 * * *", "61"),
        ("0 5 * * MON", "MON"),
        ("0 5 L * *", "L"),
        ("0 5 1 * 1", "both"),
    ],
)
def test_a_cron_that_vercel_refuses_is_noticed(schedule: str, problem: str) -> None:
    assert problem in " ".join(cron_problems(schedule))


def test_each_cron_runs_at_most_once_a_day_on_hobby() -> None:
    for schedule in CRONS["hobby"].values():
        minute, hour, *_ = schedule.split()
        assert minute.isdigit()
        assert hour.isdigit()


def test_the_sweep_runs_at_least_hourly_on_pro() -> None:
    assert re.fullmatch(r"\d+ \* \* \* \*", CRONS["pro"]["/api/cron/check-schedules"])


@pytest.mark.parametrize("path", sorted({path for crons in CRONS.values() for path in crons}))
async def test_each_cron_is_a_door_that_answers_get_without_a_redirect(path: str) -> None:
    """Vercel follows no redirect and counts it as done."""
    app = create_app(Settings.from_environment({"CRON_SECRET": "a-secret-of-sixteen"}))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://drumbeat.example") as vercel:
        reply = await vercel.get(path, headers={"authorization": "Bearer somebody else's"})
    assert reply.status_code == 401
    assert not {"trailingSlash", "cleanUrls"} & vercel_config().keys()


def test_the_settings_are_on_the_function_that_vercel_finds() -> None:
    """With a framework preset a key that matches no function is passed over in silence."""
    config = vercel_config()
    entrypoint = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["vercel"]["entrypoint"]
    assert config["framework"] == "fastapi"
    assert list(config["functions"]) == [ENTRY] == [entrypoint.removesuffix(":app").replace(".", "/") + ".py"]
    assert config["functions"][ENTRY]["maxDuration"] == 300  # all that Hobby allows


@pytest.mark.parametrize("ours", [WRITING_TIME, SENDING_TIME])
def test_what_a_message_has_us_do_ends_before_the_host_ends_it(ours: timedelta) -> None:
    """With a minute left for clocks that differ, and for writing down what came of it."""
    host = timedelta(seconds=vercel_config()["functions"][ENTRY]["maxDuration"])
    assert ours + timedelta(minutes=1) <= min(host, PUBLISHING_LEASE)


def test_there_are_no_rewrites() -> None:
    """The app would see the rewritten path: every door would be /api/index (vercel/vercel#17212)."""
    assert not {"rewrites", "routes", "redirects", "builds"} & vercel_config().keys()


def test_the_entry_is_one_plain_app_in_the_only_file_of_its_folder() -> None:
    assert [path.name for path in (ROOT / "api").glob("**/*.py")] == ["index.py"]
    body = ast.parse((ROOT / ENTRY).read_text()).body
    assigned = [ast.unparse(target) for line in body if isinstance(line, ast.Assign) for target in line.targets]
    assert assigned == ["app"]
    assert not [line for line in body if isinstance(line, ast.Try | ast.If | ast.ClassDef)]


def test_only_what_runs_is_deployed() -> None:
    kept = {name.split("/")[0] for name in bundled(project_files())}
    assert kept == {"api", "lib", ".python-version", "pyproject.toml", "vercel.json"}


@pytest.mark.parametrize(
    "stray",
    [
        ".env",
        ".env.local",
        ".env.production.local",
        ".local/postgres/PG_VERSION",
        ".venv/bin/python",
        ".git/config",
        ".hypothesis/examples/1",
        "dev/stack.py",
        "docs/notes.pdf",
        "lib/domain/__pycache__/run.cpython-312.pyc",
        "lib/web/NOTES.md",
        "supabase/seed.sql",
        "tests/hosts/deployment.py",
    ],
)
def test_what_lies_about_at_home_stays_there(stray: str) -> None:
    """`vercel build` looks at neither .gitignore nor .vercelignore for a function's files (vercel/vercel#14367)."""
    assert bundled([stray]) == []


def test_no_file_that_runs_is_left_at_home() -> None:
    running = [name for name in project_files() if name.startswith(("api/", "lib/")) and not name.endswith(".md")]
    assert set(running) <= set(bundled(running))


def test_the_exclusions_fit_into_what_vercel_reads() -> None:
    assert len(vercel_config()["functions"][ENTRY]["excludeFiles"]) <= 256


def cron_problems(schedule: str) -> list[str]:
    """What Vercel would refuse: five numeric fields in UTC, no names, and not both kinds of day."""
    fields = schedule.split()
    if len(fields) != 5:
        return [f"{schedule}: not 5 fields"]
    both = ["both kinds of day"] if fields[2] != "*" and fields[4] != "*" else []
    return both + [
        f"{field}: not in {low}-{high}"
        for field, (low, high) in zip(fields, RANGES, strict=True)
        for part in field.split(",")
        if not is_cron_part(part, low, high)
    ]


def is_cron_part(part: str, low: int, high: int) -> bool:
    """`*`, `5`, `1-5`, any of them with `/2`."""
    match = re.fullmatch(r"(?:\*|(\d+)(?:-(\d+))?)(?:/([1-9]\d*))?", part)
    return match is not None and all(low <= int(number) <= high for number in match.groups()[:2] if number)
