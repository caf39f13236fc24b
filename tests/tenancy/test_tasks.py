"""Tasks of tenants and of the hub: their scope, their failures, and running them again."""

import datetime as dt
import inspect
import uuid
from pathlib import Path

import pytest
from celery import current_app
from django.conf import settings
from kombu.exceptions import OperationalError

from integrations_site.kernel import clock, request_id
from integrations_site.kernel.errors import TransientError
from integrations_site.tenancy import scope
from integrations_site.tenancy.failures import TaskRetriedError, retry_failed_task
from integrations_site.tenancy.models import FailedTask, Tenant, User
from integrations_site.tenancy.tasks import HubTask, SystemTask, forget_settled_failures
from integrations_site.web.tasks import send_password_reset
from tests.factories import make_member
from tests.tenancy import sample_tasks
from tests.workers import remove_queue, worker


def failed(tenant: Tenant) -> list[FailedTask]:
    with scope.tenant_scope(tenant.id):
        return list(FailedTask.objects.all())


def test_a_tenants_task_sees_its_tenant_and_its_final_failure_is_kept(tenant: Tenant, rival: Tenant) -> None:
    for owner in (tenant, rival, rival):
        make_member(owner)
    sample_tasks.tell.apply(kwargs={"tenant_id": str(tenant.id), "password": "planted"})
    [kept] = failed(tenant)
    assert (kept.name, kept.arguments["tenant_id"]) == ("test.tell", str(tenant.id))
    assert kept.error.startswith(f"ValueError: tenant={tenant.id} rows=1")
    assert "sample_tasks.py" in kept.error
    assert "planted" not in str(kept.arguments)
    assert "person@example.com" not in kept.error
    assert failed(rival) == []
    assert scope.current() == scope.NOWHERE


def test_the_hubs_own_task_sees_every_tenant(tenant: Tenant, rival: Tenant) -> None:
    for owner in (tenant, rival):
        make_member(owner)
    assert sample_tasks.sweep.apply().get() == 2
    assert scope.current() == scope.NOWHERE


def test_what_is_briefly_unavailable_is_tried_again_before_it_counts_as_failed(tenant: Tenant) -> None:
    sample_tasks.attempts.clear()
    sample_tasks.unavailable.apply(kwargs={"tenant_id": str(tenant.id)})
    assert sample_tasks.attempts == [str(tenant.id)] * 4
    [kept] = failed(tenant)
    assert kept.error == "TEMPORARILY_UNAVAILABLE: still down"


def test_every_task_of_the_hub_keeps_its_failures_and_can_be_run_again_by_its_keywords() -> None:
    current_app.loader.import_default_modules()
    ours = {"integrations_site", "ledger", "notifications"}
    tasks = [task for task in current_app.tasks.values() if type(task).__module__.partition(".")[0] in ours]
    assert {"web.send_password_reset", "notifications.deliver_webhooks"} <= {task.name for task in tasks}
    for task in tasks:
        assert isinstance(task, HubTask), f"{task.name} does not keep its failures"
        parameters = inspect.signature(task.run).parameters.values()
        assert all(each.kind is each.KEYWORD_ONLY for each in parameters), f"{task.name} takes more than keywords"
        assert not (isinstance(task, SystemTask) and parameters), f"{task.name} comes by the clock, with arguments"


def test_what_the_clock_repeats_fails_once_until_it_succeeds(db: None) -> None:
    sample_tasks.is_broken[0] = True
    for _ in range(3):
        sample_tasks.mend.apply()
    with scope.all_tenants():
        [kept] = FailedTask.objects.filter(name="test.mend")
        assert (kept.tenant, kept.failures, kept.retried_at) == (None, 3, None)
        sample_tasks.is_broken[0] = False
        sample_tasks.mend.apply()
        kept.refresh_from_db()
        assert kept.retried_at is not None
        sample_tasks.is_broken[0] = True
        sample_tasks.mend.apply()
        assert list(FailedTask.objects.values_list("failures", flat=True)) == [1, 3]


def test_a_task_that_is_called_wrongly_is_kept_too(tenant: Tenant) -> None:
    for wrong in ({}, {"tenant_id": "nonsense"}):
        sample_tasks.tell.apply(kwargs=wrong)
    with scope.all_tenants():
        assert list(FailedTask.objects.order_by("pk").values_list("tenant", "arguments")) == [
            (None, {}),
            (None, {"tenant_id": "nonsense"}),
        ]


def test_mail_that_cannot_be_sent_is_tried_again_and_then_kept(
    plain_user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise ConnectionRefusedError("no mail server")

    monkeypatch.setattr("django.core.mail.EmailMultiAlternatives.send", refuse)
    send_password_reset.apply(kwargs={"email": plain_user.email})
    with scope.all_tenants():
        [kept] = FailedTask.objects.all()
    assert (kept.name, kept.arguments, kept.tenant) == ("web.send_password_reset", {"email": plain_user.email}, None)
    assert kept.error.startswith("ConnectionRefusedError: no mail server")


def test_a_failed_task_is_run_again_once(in_tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[str, object]] = []
    monkeypatch.setattr(current_app, "send_task", lambda name, kwargs, **_: sent.append((name, kwargs)))
    task = FailedTask.objects.create(name="test.unavailable", arguments={"tenant_id": str(in_tenant.id)}, error="x")
    retry_failed_task(failed_task=task)
    assert sent == [("test.unavailable", {"tenant_id": str(in_tenant.id)})]
    with pytest.raises(TaskRetriedError):
        retry_failed_task(failed_task=task)
    assert len(sent) == 1


def test_without_a_broker_it_can_be_run_again_later(in_tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OperationalError

    monkeypatch.setattr(current_app, "send_task", refuse)
    task = FailedTask.objects.create(name="test.unavailable", arguments={}, error="x")
    with pytest.raises(TransientError):
        retry_failed_task(failed_task=task)
    task.refresh_from_db()
    assert task.retried_at is None


def test_a_task_whose_arguments_were_hidden_is_not_run_again(in_tenant: Tenant) -> None:
    task = FailedTask.objects.create(name="test.tell", arguments={"password": "[redacted]"}, error="x")
    with pytest.raises(TaskRetriedError):
        retry_failed_task(failed_task=task)


def test_what_was_run_again_is_forgotten_in_time_and_what_waits_is_not(tenant: Tenant, rival: Tenant) -> None:
    now, days = clock.now(), settings.RETENTION_DAYS["failed_tasks"]
    for owner in (tenant, rival):
        with scope.tenant_scope(owner.id):
            for name, age in (("old", days + 1), ("young", days - 1)):
                FailedTask.objects.create(name=name, error="x", retried_at=now - dt.timedelta(days=age))
            FailedTask.objects.create(name="waits", error="x")
    with scope.all_tenants():
        FailedTask.objects.update(failed_at=now - dt.timedelta(days=1000))
    forget_settled_failures.apply()
    for owner in (tenant, rival):
        assert {task.name for task in failed(owner)} == {"young", "waits"}


@pytest.mark.django_db(transaction=True)
def test_a_real_worker_answers_pings_and_knows_tenant_and_request(tenant: Tenant, tmp_path: Path) -> None:
    queue = f"test-{uuid.uuid4().hex}"
    with worker(tmp_path / "log", queue=queue, include="tests.tenancy.sample_tasks", environment={}) as running:
        request_id.enter("request-4711")
        current_app.send_task("test.tell", kwargs={"tenant_id": str(tenant.id)}, queue=queue)
        running.wait_for(lambda: len(failed(tenant)) == 1, "the failure was kept")
        assert current_app.control.ping(destination=[f"{queue}@test"], timeout=10)
    assert failed(tenant)[0].error.startswith(f"ValueError: tenant={tenant.id} rows=0 request=request-4711")
    remove_queue(queue)


@pytest.mark.django_db(transaction=True)
def test_a_task_that_has_to_be_killed_is_kept_too(tmp_path: Path) -> None:
    def failures() -> list[int]:
        with scope.all_tenants():
            return list(FailedTask.objects.filter(name="test.hang").values_list("failures", flat=True))

    queue = f"test-{uuid.uuid4().hex}"
    with worker(tmp_path / "log", queue=queue, include="tests.tenancy.sample_tasks", environment={}) as running:
        for expected in (1, 2):  # the second time by the process that took the killed one's place
            current_app.send_task("test.hang", kwargs={"seconds": 60}, queue=queue)
            running.wait_for(lambda: failures() == [expected], "the failure was kept")  # noqa: B023
    with scope.all_tenants():
        kept = FailedTask.objects.get()
    assert (kept.arguments, kept.error.partition(":")[0]) == ({"seconds": 60}, "TimeLimitExceeded")
    remove_queue(queue)
