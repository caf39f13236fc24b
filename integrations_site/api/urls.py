"""The API's description, and the addresses of OAuth."""

from django.urls import URLPattern, path

from integrations_site.api import description, oauth

urlpatterns: list[URLPattern] = [
    path("api/schema", description.Schema.as_view(), name="schema"),
    path("api/docs", description.Docs.as_view(url_name="schema"), name="api-docs"),
    path("oauth/authorize", oauth.Authorize.as_view(), name="oauth-authorize"),
    path("oauth/token", oauth.Token.as_view(), name="oauth-token"),
    path("oauth/revoke", oauth.Revoke.as_view(), name="oauth-revoke"),
    path("oauth/jwks", oauth.key_set, name="oauth-jwks"),
    path(".well-known/oauth-authorization-server", oauth.metadata, name="oauth-metadata"),
]
