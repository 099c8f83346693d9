"""A Django project in one file, with the one app beside it."""
import os
import sys
from urllib.parse import urlparse

from django.conf import settings
from django.core.management import execute_from_command_line

url = urlparse(os.environ['DATABASE_URL'])
settings.configure(
    INSTALLED_APPS=['app'],
    DEFAULT_AUTO_FIELD='django.db.models.BigAutoField',
    SECRET_KEY='none',
    USE_TZ=True,
    DATABASES={'default': {
        'ENGINE': 'django.db.backends.postgresql',
        'HOST': url.hostname, 'PORT': url.port, 'USER': url.username, 'NAME': url.path[1:],
        'OPTIONS': {'options': os.environ.get('DATABASE_OPTIONS', '')},
    }},
)
execute_from_command_line(sys.argv)
