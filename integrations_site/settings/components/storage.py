"""Where files are kept: on local disk, or in S3 where a bucket is named."""

from integrations_site.settings import environment as env

_BUCKET = env.text("FILES_S3_BUCKET")
_LOCAL = {
    "BACKEND": "django.core.files.storage.FileSystemStorage",
    "OPTIONS": {"location": str(env.VAR / "files"), "base_url": None},
}
_S3 = {
    "BACKEND": "storages.backends.s3.S3Storage",
    "OPTIONS": {
        "bucket_name": _BUCKET,
        "endpoint_url": env.text("FILES_S3_ENDPOINT") or None,
        "region_name": env.text("FILES_S3_REGION") or None,
        "default_acl": None,
        "file_overwrite": False,
        "querystring_auth": True,
    },
}

STORAGES = {
    "default": _S3 if _BUCKET else _LOCAL,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
FILES_MAX_BYTES = env.number("FILES_MAX_BYTES", 20 * 1024 * 1024)
FILES_LINK_SECONDS = env.number("FILES_LINK_SECONDS", 3600)
