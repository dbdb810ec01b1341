"""Put the crons on QStash schedules, for hosts whose own cron is too rare (Vercel's Hobby plan: once a day)."""

from dataclasses import dataclass

from lib import logs
from lib.domain.message import SWEEP
from lib.services import Services


@dataclass(frozen=True, slots=True)
class CronJob:
    """A door that QStash should knock at. The id makes installing it again an overwrite, never a second schedule."""

    schedule_id: str
    path: str
    cron: str


JOBS = (CronJob("drumbeat-check-schedules", SWEEP, "*/10 * * * *"),)


async def install_crons(services: Services, jobs: tuple[CronJob, ...] = JOBS) -> None:
    """Safe to repeat. Raises Unavailable or LimitReached when QStash does not take one (the free plan has ten)."""
    for job in jobs:
        await services.queue.schedule(job.schedule_id, job.cron, job.path)
        logs.info("cron.installed", schedule_id=job.schedule_id, cron=job.cron, path=job.path)
