"""`manage.py demo`: the demo's world, and the main job done in it."""

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from integrations_site.demo import file
from integrations_site.demo.calling import DemoFailedError
from integrations_site.demo.job import do_job
from integrations_site.demo.linking import link_vendors
from integrations_site.demo.report import tell
from integrations_site.demo.serving import HubEndedError, Stopped, running_hub, wait_until_ready
from integrations_site.demo.world import load_world
from integrations_site.kernel.http import HttpClient


class Command(BaseCommand):
    """Loads the demo's world; with --serve it runs the hub, does the main job and keeps serving."""

    help = "Load the demo's world, as often as you like, and write var/demo.json; --serve runs the hub and its job too."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--serve", action="store_true", help="run the hub, do the job, serve until Ctrl-C")
        parser.add_argument("--once", action="store_true", help="run the hub, do the job, end")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--sandbox-port", type=int, default=8001)

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO_ALLOWED:
            raise CommandError("The demo makes accounts with known passwords; it does not run on production settings.")
        port, sandbox_port = options["port"], options["sandbox_port"]
        urls = {"base_url": f"http://127.0.0.1:{port}", "sandbox_url": f"http://127.0.0.1:{sandbox_port}"}
        # Tokens name the address of the hub that issues them, which the options choose here.
        settings.HUB_BASE_URL = urls["base_url"]
        if not (options["serve"] or options["once"]):
            self._load(urls)
            return
        try:
            self._serve(port, sandbox_port, urls, once=options["once"])
        except Stopped:
            self.stdout.write("Stopped.")
        except (DemoFailedError, HubEndedError) as error:
            raise CommandError(f"The demo failed: {error}") from error

    def _load(self, urls: dict[str, str]) -> None:
        call_command("migrate", verbosity=0, interactive=False)
        call_command("sync_catalog", verbosity=0)
        file.write(file.describe(load_world(), **urls))
        self.stdout.write(f"The demo's world is there; {file.PATH} tells how to use it.")

    def _serve(self, port: int, sandbox_port: int, urls: dict[str, str], *, once: bool) -> None:
        file.PATH.unlink(missing_ok=True)
        http = HttpClient(allowed_hosts=["127.0.0.1"])
        with running_hub(port=port, sandbox_port=sandbox_port) as child:
            wait_until_ready(urls["base_url"], child, http)
            description = file.describe(load_world(), **urls)
            links = link_vendors(description, http)
            outcome = do_job(description, http)
            self.stdout.write(tell(outcome, links, description))
            file.write(description)
            if once:
                return
            child.wait()
            raise HubEndedError(f"the hub ended with exit code {child.returncode}")
