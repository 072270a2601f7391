-- Roles and schema of the audit log. Run once as a superuser in the database that wpex shall use; then, as a member of
-- wpex_audit_owner, `wpex audit migrate`. Give wpex_sync and wpex_status their passwords or certificates yourself.
DO $$ BEGIN CREATE ROLE wpex_audit_owner NOLOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
DO $$ BEGIN CREATE ROLE wpex_sync LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
DO $$ BEGIN CREATE ROLE wpex_status LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
CREATE SCHEMA IF NOT EXISTS wpex_audit AUTHORIZATION wpex_audit_owner;
-- A schema that another role created first could contain anything.
DO $$ BEGIN
  IF (SELECT nspowner FROM pg_catalog.pg_namespace WHERE nspname OPERATOR(pg_catalog.=) 'wpex_audit')
    OPERATOR(pg_catalog.<>) 'wpex_audit_owner'::pg_catalog.regrole
  THEN RAISE EXCEPTION 'the schema wpex_audit belongs to another role than wpex_audit_owner: drop it'; END IF;
END $$;
GRANT USAGE ON SCHEMA wpex_audit TO wpex_sync, wpex_status;
