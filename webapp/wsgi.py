"""What gunicorn loads: ``gunicorn webapp.wsgi:app``."""

from webapp.factory import create_app
from webapp.foundation import config, logs

_settings = config.load()
logs.configure(_settings.log_level, _settings.log_format)
app = create_app(_settings)
