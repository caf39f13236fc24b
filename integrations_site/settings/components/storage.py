"""Where files are kept: on local disk, or in S3 (or what speaks like it) where a bucket is named."""

from typing import Any

from integrations_site.settings import environment as env

_BUCKET = env.text("FILES_S3_BUCKET")
_LOCAL: dict[str, Any] = {
    "BACKEND": "django.core.files.storage.FileSystemStorage",
    "OPTIONS": {
        "location": env.text("FILES_DIR") or str(env.VAR / "files"),
        "file_permissions_mode": 0o600,
        "directory_permissions_mode": 0o700,
    },
}
STORAGES: dict[str, dict[str, Any]] = {
    "default": _LOCAL,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
if _BUCKET:
    from botocore.config import Config  # several megabytes, for nothing where files are on disk

    # Credentials come the way boto3 looks for them: environment, profile, instance role.
    STORAGES["default"] = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": _BUCKET,
            "endpoint_url": env.text("FILES_S3_ENDPOINT") or None,
            "region_name": env.text("FILES_S3_REGION") or None,
            "default_acl": None,
            # A key holds the id of its file and is never used twice: nothing need be looked up before it is written.
            "file_overwrite": True,
            "max_memory_size": 1024 * 1024,
            "client_config": Config(
                connect_timeout=5, read_timeout=30, retries={"mode": "standard", "total_max_attempts": 3}
            ),
        },
    }
FILES_MAX_BYTES = env.number("FILES_MAX_BYTES", 20 * 1024 * 1024)
# Of what the hub makes itself: an export with all of a case's files.
FILES_MAX_EXPORT_BYTES = env.number("FILES_MAX_EXPORT_BYTES", 1024 * 1024 * 1024)
FILES_LINK_SECONDS = env.number("FILES_LINK_SECONDS", 3600)
