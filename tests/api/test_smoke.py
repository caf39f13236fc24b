import pytest
pytestmark=pytest.mark.urls("tests.api.probes")
def test_x(admin, member, root, tenant):
    r=member.get("/api/me"); print(r.status_code, r.content, r.headers)
    r=root.get("/api/me"); print(r.status_code, r.content)
    r=root.get("/api/me", headers={"X-Tenant-ID": tenant.public_id}); print(r.status_code, r.content)
    r=admin.post("/api/tasks", {"name":"a","error":"b"}); print(r.status_code, r.content)
    r=admin.get("/api/tasks/"); print(r.status_code, r.content)
    r=admin.get("/api/memberships", user_id="x"); print(r.status_code, r.content)
    r=admin.post("/api/echo", '{"amount": 12.3400, "day":"2026-02-30","x":1}'); print(r.status_code, r.content)
    r=admin.post("/api/act", '{"fail":"crash"}'); print(r.status_code, r.content)
    for i in range(2):
        r=admin.post("/api/act", '{"name":"q"}', headers={"Idempotency-Key":"k1"}); print(r.status_code, r.content, r.headers)
    r=admin.get("/api/nowhere"); print(r.status_code, r.content)
    r=admin.put("/api/echo"); print(r.status_code, r.content, r.headers)
    assert 0
