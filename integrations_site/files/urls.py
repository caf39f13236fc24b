"""The address of files for whoever has a link."""

from django.urls import path

from integrations_site.files.views import download

urlpatterns = [path("files/<str:token>/<str:name>", download, name="file")]
