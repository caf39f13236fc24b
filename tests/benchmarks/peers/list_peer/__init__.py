"""What the case list is compared with: a trivial view, and DRF's plain ModelViewSet with and without oauth-toolkit.

It runs in the benchmarks' own environment, with this package's parent as the only thing on its path.
"""
