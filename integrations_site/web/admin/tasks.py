"""Background work: tasks that gave up, and what runs by the clock."""

from django.contrib import admin
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    SolarSchedule,
)
from unfold.decorators import display

from integrations_site.audit.modeladmin import BY_TENANT, AnnouncedAdmin, ReadOnlyAdmin, actor_of
from integrations_site.audit.services import announce
from integrations_site.tenancy.failures import retry_failed_task
from integrations_site.tenancy.models import FailedTask

for _model in (ClockedSchedule, CrontabSchedule, IntervalSchedule, PeriodicTask, SolarSchedule):
    admin.site.unregister(_model)


@admin.register(FailedTask)
class FailedTaskAdmin(ReadOnlyAdmin):
    """Tasks that gave up; run them again when the cause is gone."""

    list_display = ("name", "tenant", "first_line", "failures", "failed_at", "retried_at")
    list_filter = (BY_TENANT, ("retried_at", admin.EmptyFieldListFilter))
    list_select_related = ("tenant",)
    search_fields = ("name", "error")
    actions = ("run_again",)
    empty_hint = "That is good: no task has given up."

    @display(description="error")
    def first_line(self, task: FailedTask) -> str:
        """What it says, without where."""
        return task.error.partition("\n")[0][:120]

    @admin.action(description="Run the selected tasks again")
    def run_again(self, request: HttpRequest, queryset: QuerySet[FailedTask]) -> None:
        """Sends them to the workers, each once."""

        def again(task: FailedTask) -> None:
            with transaction.atomic():
                announce(
                    action="task.retried", actor=actor_of(request), subject=task.public_id, data={"name": task.name}
                )
            retry_failed_task(failed_task=task)

        self.carry_out(request, queryset, again, "Sent to the workers")


@admin.register(PeriodicTask)
class PeriodicTaskAdmin(AnnouncedAdmin):
    """What runs by the clock. The code says what; here it can be paused or run at other times."""

    list_display = ("name", "task", "schedule_text", "enabled", "last_run_at", "total_run_count")
    list_filter = ("enabled",)
    list_select_related = ("interval", "crontab", "solar", "clocked")
    search_fields = ("name", "task")
    fields = ("name", "task", "enabled", "interval", "crontab", "last_run_at", "total_run_count")
    readonly_fields = ("name", "task", "last_run_at", "total_run_count")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    @display(description="when")
    def schedule_text(self, task: PeriodicTask) -> str:
        """In words."""
        return str(task.scheduler)


@admin.register(IntervalSchedule, CrontabSchedule)
class ScheduleAdmin(AnnouncedAdmin):
    """Times at which tasks can run."""
