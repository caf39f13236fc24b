import time, pytest
from django.db import transaction, connection
from integrations_site.kernel import clock
from integrations_site.tenancy import scope
from notifications.models import Delivery, Event
from notifications.services import outbox, delivery_queue
from notifications.services.deliveries import send_test
from notifications.services.endpoints import create_endpoint
@pytest.mark.django_db
def test_speed(tenant, actor):
    with scope.tenant_scope(tenant.id):
        e=create_endpoint(url="http://127.0.0.1:9/", actor=actor)[0]
        f=send_test(endpoint=e, actor=actor)
        with connection.cursor() as c:
            c.execute("""insert into notifications_event (id,tenant_id,created_at,updated_at,type,subject,payload,status,attempts,next_attempt_at,last_error)
              select gen_random_uuid(),tenant_id,created_at,updated_at,'case.approved','case-'||(g/5),'{}','pending',0,created_at+g*interval '1 microsecond','' from notifications_event, generate_series(1,50000) g where id=%s""",[f.event_id])
    for i in range(6):
      with scope.all_tenants():
        t=time.perf_counter(); n=outbox._claim(20); print("event claim", len(n), time.perf_counter()-t)
    with scope.all_tenants(), connection.cursor() as c:
        c.execute("EXPLAIN ANALYZE "+outbox._CLAIM, {"now":clock.now(),"leased_until":clock.now()+outbox.LEASE,"limit":20})
        print("\n".join(r[0] for r in c.fetchall()))
