"""``manage.py demo``: the site with real imagery, ingested through its own API."""

from django.conf import settings

from geodata.demo.account import USERNAME, ensure_account
from geodata.demo.load import RECORD_NAME
from geodata.demo.record import DemoRecord
from geodata.management.commands import serve
from geodata.supervision.programs import Program
from geodata.supervision.site import site_url
from geodata.supervision.supervisor import Supervisor


class Command(serve.Command):
    help = "Run the site and fill it with real imagery. Ctrl-C stops it; a second run finds the imagery there."

    def started(self, supervisor: Supervisor) -> None:
        record = DemoRecord.read(settings.DATA_DIR / RECORD_NAME)
        password = ensure_account(record)
        if password:
            self.say(f"Sign in at {site_url()}/sign-in/ as {USERNAME} with the password {password}")
            self.say(f"For scripts: Authorization: Bearer {record.token}")
            self.say("(Both are shown this once. manage.py changepassword and create_token make new ones.)")
        supervisor.start(
            Program(
                name="demo imagery",
                command=("python", "-m", "geodata.demo", site_url(), str(settings.DATA_DIR)),
                once=True,
                console=True,
            )
        )
