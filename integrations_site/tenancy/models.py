"""Who uses the hub: tenants, their people and their programs; and the base of every tenant-owned table."""

import uuid
from typing import Any, ClassVar, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from oauth2_provider.models import AbstractApplication

from integrations_site.kernel import ids
from integrations_site.tenancy import plans, scope


class Role(models.TextChoices):
    """What a member or a program may do inside a tenant; a super admin stands above tenants."""

    TENANT_ADMIN = "tenant_admin", "Tenant admin"
    USER = "user", "User"
    SUPER_ADMIN = "super_admin", "Super admin"


MEMBER_ROLES = [choice for choice in Role.choices if choice[0] != Role.SUPER_ADMIN]


def tenant_in_scope() -> uuid.UUID | None:
    """The default of every tenant column."""
    return scope.current().tenant_id


class PublicId(models.Model):
    """A UUIDv7 key with a public form, `<id_kind>-<hex>`."""

    id_kind: ClassVar[str]
    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)

    class Meta:
        abstract = True

    @property
    def public_id(self) -> str:
        """The id as callers know it."""
        return ids.public(self.id_kind, self.id)


class Tenant(PublicId):
    """A company that uses the hub; everything but people and providers belongs to one."""

    id_kind = "tenant"
    name = models.CharField(max_length=200)
    is_active = models.BooleanField(default=True)
    plan = models.CharField(max_length=50, default=plans.DEFAULT, help_text="What the tenant has booked.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        # The nil id stands for everybody in the wall, and for the hub's own chain in the audit trail.
        constraints = [models.CheckConstraint(condition=~models.Q(id=ids.NIL), name="tenant_is_not_nil")]

    def __str__(self) -> str:
        return self.name


class TenantManager(models.Manager[Any]):
    """Only rows of the tenant in scope; outside any scope it raises NoTenantError."""

    def get_queryset(self) -> models.QuerySet[Any]:
        found = super().get_queryset()
        if scope.current().everything:
            return found
        return found.filter(tenant_id=scope.tenant_id())


class TenantModel(PublicId):
    """The base of every tenant-owned table."""

    tenant = models.ForeignKey(
        Tenant, on_delete=models.PROTECT, related_name="+", default=tenant_in_scope, editable=False
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects: ClassVar[models.Manager[Self]] = TenantManager()

    class Meta:
        abstract = True


class TenantPart(TenantModel):
    """A tenant-owned table whose rows belong to another row of the tenant.

    That row's tenant exists, and row-level security admits no other, so the database need not look it up for each part;
    rows are looked up by what they belong to, so the tenant has no index of its own either.
    """

    tenant = models.ForeignKey(
        Tenant,
        on_delete=models.PROTECT,
        related_name="+",
        default=tenant_in_scope,
        editable=False,
        db_index=False,
        db_constraint=False,
    )

    class Meta:
        abstract = True


class UserManager(BaseUserManager["User"]):
    """Makes users; their e-mail address is their log-in."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A new user who can log in with `password`, or not at all where it is None."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A new super admin."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)


class User(AbstractBaseUser, PermissionsMixin, PublicId):  # type: ignore[django-manager-missing]
    """A person. `is_superuser` makes a super admin, who stands above tenants."""

    id_kind = "user"
    email = models.EmailField("e-mail address", unique=True)
    full_name = models.CharField(max_length=200, blank=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField("may use the admin", default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_once")]

    def __str__(self) -> str:
        return self.email


class Membership(TenantModel):
    """A person's place in a tenant."""

    id_kind = "membership"
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=MEMBER_ROLES, default=Role.USER)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "user"], name="membership_once")]

    def __str__(self) -> str:
        return f"{self.user} in {self.tenant}"


class ApiClient(AbstractApplication):  # type: ignore[misc]
    """A program that calls the API: an OAuth client of one tenant, with one role.

    Only a client with the role `super_admin` belongs to no tenant.
    """

    id_kind = "client"
    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    role = models.CharField(max_length=20, choices=Role.choices, default=Role.USER)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(role=Role.SUPER_ADMIN, tenant__isnull=True)
                | (~models.Q(role=Role.SUPER_ADMIN) & models.Q(tenant__isnull=False)),
                name="client_of_one_tenant",
            )
        ]

    @property
    def public_id(self) -> str:
        """The id as callers know it."""
        return ids.public(self.id_kind, self.id)

    def is_usable(self, request: Any) -> bool:
        """Whether the client may do anything with OAuth now: its tenant is active."""
        return self.tenant is None or self.tenant.is_active


class FailedTask(PublicId):
    """A background task that gave up; kept so that a person can see why and run it again."""

    id_kind = "task"
    tenant = models.ForeignKey(
        Tenant, on_delete=models.CASCADE, related_name="+", null=True, default=tenant_in_scope, editable=False
    )
    name = models.CharField(max_length=200)
    arguments = models.JSONField(default=dict)
    error = models.TextField()
    failures = models.PositiveIntegerField(default=1, editable=False)
    failed_at = models.DateTimeField(auto_now_add=True)
    retried_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager[Self]] = TenantManager()

    class Meta:
        ordering = ["-failed_at"]
        indexes = [models.Index(fields=["name"], condition=models.Q(retried_at=None), name="failed_task_waiting")]

    def __str__(self) -> str:
        return self.name
