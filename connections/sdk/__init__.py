"""The interface between the hub and a connector. Nothing here knows Django, models or tenants."""
