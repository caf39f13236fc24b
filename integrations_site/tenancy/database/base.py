"""PostgreSQL with the scope applied: row-level security sees the same tenant as the code does.

The wrapper compares the scope of the running code with what the session was last told and sends one `set_config`
before the next statement where they differ. A rollback undoes a `set_config` made inside it, so what the session was
told is forgotten then. Session settings rule out a pooler that shares sessions between transactions.
"""

from typing import Any

from django.db.backends.postgresql import base, features, operations
from psycopg.pq import TransactionStatus

from integrations_site.tenancy import scope
from integrations_site.tenancy.database.prepared import Session

_PLAN_ONCE = "-c plan_cache_mode=force_generic_plan"
_TELL = "SELECT set_config('hub.tenant', %s, false), set_config('hub.scope', %s, false)"


class DatabaseFeatures(features.DatabaseFeatures):
    """As Django's, but what is deleted together is deleted in an order that checks at once allow."""

    can_defer_constraint_checks = False


class DatabaseOperations(operations.DatabaseOperations):
    """As Django's, but a foreign key is checked by the statement that writes it, not at commit.

    What a check looks up it locks, and may wait for; at commit the audit's chain is locked, and nothing may wait then.
    """

    def deferrable_sql(self) -> str:
        return " DEFERRABLE INITIALLY IMMEDIATE"


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's PostgreSQL wrapper; every statement runs in the scope of the code that sends it."""

    features_class = DatabaseFeatures
    ops_class = DatabaseOperations

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._told: scope.Scope | None = None
        self._session: Session | None = None
        self.execute_wrappers.append(self._follow_scope)

    def _follow_scope(self, execute: Any, sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
        self.apply_scope()
        return execute(sql, params, many, context)

    def apply_scope(self) -> None:
        """Tells the session the present scope, if it does not know it. For code that uses the driver directly."""
        wanted = scope.current()
        if wanted == self._told or self.connection is None:
            return
        if self.connection.info.transaction_status == TransactionStatus.INERROR:
            return  # Nothing but a rollback is possible, and it needs no scope.
        tenant = wanted.tenant_id.hex if wanted.tenant_id else ""
        self.session.send(_TELL, (tenant, "all" if wanted.everything else "tenant"), tuple)
        self._told = wanted

    @property
    def session(self) -> Session:
        """The prepared statements of the connection that is open."""
        if self._session is None or self._session.raw is not self.connection:
            self._session = Session(self.connection, self.wrap_database_errors)
        return self._session

    def get_connection_params(self) -> dict[str, Any]:
        """As Django has them, and a plan made once serves every later execution (`tenancy.database.prepared`).

        Planning a statement on tables with policies takes longer than running it.
        """
        found: dict[str, Any] = super().get_connection_params()
        return found | {"options": f"{found.get('options', '')} {_PLAN_ONCE}"}

    def forget_scope(self) -> None:
        """The session may no longer know what it was told; it is told again before the next statement."""
        self._told = None

    def get_new_connection(self, conn_params: Any) -> Any:
        self.forget_scope()
        return super().get_new_connection(conn_params)

    def _rollback(self) -> None:
        self.forget_scope()
        super()._rollback()  # type: ignore[misc]

    def _savepoint_rollback(self, sid: str) -> None:
        super()._savepoint_rollback(sid)  # type: ignore[misc]
        self.forget_scope()
