"""Tasks of tenants and of the hub: their scope, their failures, and running them again."""

import uuid
from pathlib import Path

import pytest
from celery import current_app
from kombu.exceptions import OperationalError

from integrations_site.kernel import request_id
from integrations_site.kernel.errors import TransientError
from integrations_site.tenancy import scope
from integrations_site.tenancy.failures import TaskRetriedError, retry_failed_task
from integrations_site.tenancy.models import FailedTask, Tenant
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
