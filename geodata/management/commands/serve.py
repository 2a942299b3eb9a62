"""``manage.py serve``: the whole site on this machine, until Ctrl-C."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from geodata.supervision.site import SiteBusy, reserve_site, site_url, start_site
from geodata.supervision.supervisor import StartFailed, Stopped, Supervisor


class Command(BaseCommand):
    help = "Run the site: Redis, Celery worker and beat, web server. Ctrl-C stops all of them."
    # The database may not be there yet; `migrate` runs the checks.
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        del args, options
        data_dir = settings.DATA_DIR
        supervisor = Supervisor(logs=data_dir / "logs", announce=self.say)
        try:
            with reserve_site(data_dir), supervisor.running():
                start_site(supervisor, data_dir=data_dir, announce=self.say)
                self.say(f"Geodata is at {site_url()}/ (data and logs in {data_dir}; Ctrl-C stops it)")
                self.started(supervisor)
                supervisor.wait()
                self.say("Stopping")
        except Stopped:
            self.say("Stopped before the site was up")
        except (SiteBusy, StartFailed, FileNotFoundError) as error:
            raise CommandError(str(error)) from error

    def started(self, supervisor: Supervisor) -> None:
        """Do what comes when the site answers: here nothing, a hook for subclasses."""

    def say(self, sentence: str) -> None:
        self.stdout.write(sentence)
        self.stdout.flush()
