"""What tenancy tells the apps above it."""

from django.dispatch import Signal

# Sent inside the transaction and the scope of a new tenant, so that the apps above can lay its ground.
# Argument: tenant.
tenant_created = Signal()
