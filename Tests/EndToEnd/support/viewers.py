"""Users of a status server: one for each role, and for each state of a user or organization."""

import hashlib

OWN, FOREIGN = "acme", "globex"

# Viewers by name: role, status, and whether the user is global.
VIEWERS = {
    "admin": ("admin", "active", True),
    "executive": ("executive", "active", True),
    "engineer": ("engineer", "active", False),
    "viewer": ("viewer", "active", False),
    "custom": ("noc", "active", False),
    "watcher": ("watcher", "active", False),
    "disabled": ("engineer", "disabled", False),
    "pending": ("engineer", "pending", False),
    "disabled-admin": ("admin", "disabled", True),
    "roleless": ("", "active", False),
    "of-disabled": ("engineer", "active", False),
    "of-pending": ("engineer", "active", False),
}

# Organizations of the viewers that are neither global nor the own tenant's. They are not active.
HOMES = {"of-disabled": "hooli", "of-pending": "umbrella"}

PERMISSIONS = {
    "admin": {"orgs:read", "users:read", "keys:read", "relays:read", "metrics:read", "audit:read"},
    "executive": {"orgs:read", "users:read", "relays:read", "metrics:read"},
    "engineer": {"orgs:read", "users:read", "keys:read", "relays:read", "metrics:read", "audit:read"},
    "viewer": {"orgs:read", "users:read", "keys:read", "relays:read", "metrics:read"},
    "custom": {"orgs:read", "relays:read", "keys:read", "metrics:read"},
    "watcher": {"relays:read"},
    "roleless": set(),
}


def token(who):
    """The access token of a viewer."""
    return f"canary-token-of-{who}-" + hashlib.sha256(who.encode()).hexdigest()[:24]


def user(name, role, status="active", who=None, display=None):
    """The document of a user with one token: that of `who`."""
    return f"""apiVersion: wpex.io/v1alpha1
kind: User
metadata:
  name: {name}
spec:
  displayName: {display or name}
  email: {name}@example.org
  status: {status}
  roles: [{role}]
  access:
    tokens:
      - name: test
        sha256: {hashlib.sha256(token(who or name).encode()).hexdigest()}
"""


# A role of a tenant's own, which sees relays and no figures.
WATCHER = """apiVersion: wpex.io/v1alpha1
kind: Role
metadata:
  name: watcher
spec:
  scope: org
  permissions: [relays:read]
"""
