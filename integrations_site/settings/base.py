"""Settings that hold everywhere, one file per concern."""

from integrations_site.settings.components.admin import *
from integrations_site.settings.components.api import *
from integrations_site.settings.components.auth import *
from integrations_site.settings.components.cache import *
from integrations_site.settings.components.catalog import *
from integrations_site.settings.components.celery import *
from integrations_site.settings.components.connections import *
from integrations_site.settings.components.core import *
from integrations_site.settings.components.database import *
from integrations_site.settings.components.logging import *
from integrations_site.settings.components.mail import *
from integrations_site.settings.components.oauth import *
from integrations_site.settings.components.outgoing import *
from integrations_site.settings.components.retention import *
from integrations_site.settings.components.secrets import *
from integrations_site.settings.components.storage import *
