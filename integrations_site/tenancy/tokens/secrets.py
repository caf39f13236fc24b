"""How the secrets of API clients are kept."""

from django.contrib.auth.hashers import PBKDF2PasswordHasher


class ClientSecretHasher(PBKDF2PasswordHasher):
    """PBKDF2 with few rounds. The hub makes client secrets itself, of 128 random characters: nobody guesses those, and
    a slow hash would only slow down every request for a token. People's passwords are argon2's.
    """

    algorithm = "client_secret"
    iterations = 1_000
