import AuditLog

/// Schema of the audit log in PostgreSQL, as a sequence of migrations.
///
/// `wpex_audit_owner` owns everything. The daemon's role may only call functions, such as `append`. The status server's
/// role may read, and append records of logins and measurements.
package enum PostgresSchema {
  /// Role that owns the schema.
  package static let owner = "wpex_audit_owner"
  /// Role of the daemon.
  package static let daemon = "wpex_sync"
  /// Role of the status server.
  package static let reader = "wpex_status"

  /// SQL that a superuser runs once. Authentication is left to the operator.
  package static let bootstrap = """
    -- Roles and schema of the audit log. Run once as a superuser in the database that wpex shall use; then, as a member of
    -- \(owner), `wpex audit migrate`. Give \(daemon) and \(reader) their passwords or certificates yourself.
    DO $$ BEGIN CREATE ROLE \(owner) NOLOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
    DO $$ BEGIN CREATE ROLE \(daemon) LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
    DO $$ BEGIN CREATE ROLE \(reader) LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
    CREATE SCHEMA IF NOT EXISTS wpex_audit AUTHORIZATION \(owner);
    -- A schema that another role created first could contain anything.
    DO $$ BEGIN
      IF (SELECT nspowner FROM pg_catalog.pg_namespace WHERE nspname OPERATOR(pg_catalog.=) 'wpex_audit')
        OPERATOR(pg_catalog.<>) '\(owner)'::pg_catalog.regrole
      THEN RAISE EXCEPTION 'the schema wpex_audit belongs to another role than \(owner): drop it'; END IF;
    END $$;
    GRANT USAGE ON SCHEMA wpex_audit TO \(daemon), \(reader);

    """

  /// Newest schema version: the number of migrations.
  package static var version: Int { migrations.count }

  /// Migrations in order.
  static let migrations = [first, second, third, fourth]

  private static let columns = "sequence, key, bytes, previous, hash"

  private static let first = """
    CREATE TABLE wpex_audit.head (
      single boolean PRIMARY KEY DEFAULT true CHECK (single), sequence bigint NOT NULL, hash bytea NOT NULL);
    INSERT INTO wpex_audit.head VALUES (true, 0, decode(repeat('00', 32), 'hex'));

    CREATE TABLE wpex_audit.records (
      sequence bigint NOT NULL, key text NOT NULL, bytes bytea NOT NULL, previous bytea NOT NULL, hash bytea NOT NULL,
      time timestamptz NOT NULL, action text NOT NULL, actor text NOT NULL, org text, commit_id text, generation bigint,
      PRIMARY KEY (sequence, time)) PARTITION BY RANGE (time);
    CREATE INDEX ON wpex_audit.records (org, sequence);
    CREATE INDEX ON wpex_audit.records (action, sequence);
    CREATE INDEX ON wpex_audit.records (actor, sequence);
    CREATE INDEX ON wpex_audit.records (time);

    -- Uniqueness over all partitions.
    CREATE TABLE wpex_audit.keys (
      key text PRIMARY KEY, sequence bigint NOT NULL UNIQUE, time timestamptz NOT NULL);
    CREATE TABLE wpex_audit.checkpoints (sequence bigint PRIMARY KEY, text text NOT NULL);

    CREATE FUNCTION wpex_audit.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN RAISE EXCEPTION 'audit records are never changed or deleted'; END $$;
    CREATE TRIGGER stay BEFORE UPDATE OR DELETE ON wpex_audit.records
      FOR EACH ROW EXECUTE FUNCTION wpex_audit.refuse();
    CREATE TRIGGER remain BEFORE TRUNCATE ON wpex_audit.records
      FOR EACH STATEMENT EXECUTE FUNCTION wpex_audit.refuse();
    CREATE TRIGGER stay BEFORE UPDATE OR DELETE ON wpex_audit.keys
      FOR EACH ROW EXECUTE FUNCTION wpex_audit.refuse();
    CREATE TRIGGER remain BEFORE TRUNCATE ON wpex_audit.keys
      FOR EACH STATEMENT EXECUTE FUNCTION wpex_audit.refuse();
    CREATE TRIGGER stay BEFORE UPDATE OR DELETE ON wpex_audit.checkpoints
      FOR EACH ROW EXECUTE FUNCTION wpex_audit.refuse();
    CREATE TRIGGER remain BEFORE TRUNCATE ON wpex_audit.checkpoints
      FOR EACH STATEMENT EXECUTE FUNCTION wpex_audit.refuse();

    CREATE FUNCTION wpex_audit.store(
      p_sequence bigint, p_key text, p_bytes bytea, p_previous bytea, p_hash bytea
    ) RETURNS void LANGUAGE plpgsql AS $$
    DECLARE
      entry jsonb := convert_from(p_bytes, 'UTF8')::jsonb;
      at timestamptz := to_timestamp((entry->>'time')::double precision / 1000);
      month timestamptz := date_trunc('month', at AT TIME ZONE 'UTC') AT TIME ZONE 'UTC';
      partition text := 'records_' || to_char(month AT TIME ZONE 'UTC', 'YYYY_MM');
    BEGIN
      IF to_regclass('wpex_audit.' || partition) IS NULL THEN
        EXECUTE format('CREATE TABLE wpex_audit.%I PARTITION OF wpex_audit.records FOR VALUES FROM (%L) TO (%L)',
          partition, month, (month AT TIME ZONE 'UTC' + interval '1 month') AT TIME ZONE 'UTC');
        EXECUTE format('CREATE TRIGGER remain BEFORE TRUNCATE ON wpex_audit.%I
          FOR EACH STATEMENT EXECUTE FUNCTION wpex_audit.refuse()', partition);
        EXECUTE format('GRANT SELECT ON wpex_audit.%I TO \(reader)', partition);
      END IF;
      INSERT INTO wpex_audit.keys VALUES (p_key, p_sequence, at);
      INSERT INTO wpex_audit.records VALUES (p_sequence, p_key, p_bytes, p_previous, p_hash, at, entry->>'action',
        coalesce(entry->>'user', entry->>'author', entry->>'committer', ''), entry->>'org', entry->>'commit',
        (entry->>'generation')::bigint);
      UPDATE wpex_audit.head SET sequence = p_sequence, hash = p_hash;
    END $$;

    CREATE FUNCTION wpex_audit.append(p_key text, p_bytes bytea)
    RETURNS TABLE (sequence bigint, key text, bytes bytea, previous bytea, hash bytea)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    DECLARE
      last wpex_audit.head;
      next bigint;
      digest bytea;
    BEGIN
      -- Whoever holds the head's row is the only one that appends.
      SELECT * INTO STRICT last FROM wpex_audit.head FOR UPDATE;
      RETURN QUERY SELECT r.sequence, r.key, r.bytes, r.previous, r.hash
        FROM wpex_audit.keys k JOIN wpex_audit.records r ON r.sequence = k.sequence AND r.time = k.time
        WHERE k.key = p_key;
      IF FOUND THEN RETURN; END IF;
      next := last.sequence + 1;
      digest := sha256(last.hash || int8send(next) || int4send(octet_length(convert_to(p_key, 'UTF8')))
        || convert_to(p_key, 'UTF8') || p_bytes);
      PERFORM wpex_audit.store(next, p_key, p_bytes, last.hash, digest);
      RETURN QUERY SELECT next, p_key, p_bytes, last.hash, digest;
    END $$;

    CREATE FUNCTION wpex_audit.adopt(p_sequence bigint, p_key text, p_bytes bytea, p_previous bytea, p_hash bytea)
    RETURNS void LANGUAGE plpgsql AS $$
    DECLARE last wpex_audit.head;
    BEGIN
      SELECT * INTO STRICT last FROM wpex_audit.head FOR UPDATE;
      IF p_sequence <> last.sequence + 1 OR p_previous <> last.hash OR p_hash <> sha256(p_previous
        || int8send(p_sequence) || int4send(octet_length(convert_to(p_key, 'UTF8'))) || convert_to(p_key, 'UTF8')
        || p_bytes)
      THEN RAISE EXCEPTION 'record % does not follow record %', p_sequence, last.sequence; END IF;
      PERFORM wpex_audit.store(p_sequence, p_key, p_bytes, p_previous, p_hash);
    END $$;

    CREATE FUNCTION wpex_audit.chain_head() RETURNS TABLE (sequence bigint, hash bytea)
      LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
      AS 'SELECT sequence, hash FROM wpex_audit.head';
    CREATE FUNCTION wpex_audit.add_checkpoint(p_sequence bigint, p_text text) RETURNS void
      LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
      AS 'INSERT INTO wpex_audit.checkpoints VALUES (p_sequence, p_text) ON CONFLICT DO NOTHING';

    -- What the daemon must read to sign checkpoints, without a right to any table.
    CREATE FUNCTION wpex_audit.chain_records(p_from bigint, p_limit bigint)
    RETURNS TABLE (sequence bigint, key text, bytes bytea, previous bytea, hash bytea)
      LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
      AS 'SELECT r.sequence, r.key, r.bytes, r.previous, r.hash FROM wpex_audit.records r
        WHERE r.sequence >= p_from ORDER BY r.sequence LIMIT p_limit';
    CREATE FUNCTION wpex_audit.checkpoint_texts() RETURNS SETOF text
      LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
      AS 'SELECT text FROM wpex_audit.checkpoints ORDER BY sequence';

    REVOKE ALL ON ALL TABLES IN SCHEMA wpex_audit FROM PUBLIC;
    REVOKE ALL ON ALL FUNCTIONS IN SCHEMA wpex_audit FROM PUBLIC;
    GRANT EXECUTE ON FUNCTION wpex_audit.append(text, bytea), wpex_audit.chain_head(),
      wpex_audit.chain_records(bigint, bigint), wpex_audit.checkpoint_texts(), wpex_audit.add_checkpoint(bigint, text), wpex_audit.schema_version() TO \(daemon), \(reader);
    REVOKE EXECUTE ON FUNCTION wpex_audit.add_checkpoint(bigint, text), wpex_audit.append(text, bytea) FROM \(reader);
    GRANT SELECT ON wpex_audit.records, wpex_audit.keys, wpex_audit.checkpoints, wpex_audit.head TO \(reader);
    """

  /// Version 2: lets the status server record logins and measurements, which it performs itself.
  private static let second = """
    CREATE FUNCTION wpex_audit.append_access(p_key text, p_bytes bytea)
    RETURNS TABLE (sequence bigint, key text, bytes bytea, previous bytea, hash bytea)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    BEGIN
      IF NOT coalesce(convert_from(p_bytes, 'UTF8')::jsonb->>'action'
        IN (\(AuditAction.ofStatusServer.map { "'\($0.rawValue)'" }.joined(separator: ", "))), false)
      THEN RAISE EXCEPTION 'the status server records logins and measurements only'; END IF;
      RETURN QUERY SELECT a.sequence, a.key, a.bytes, a.previous, a.hash FROM wpex_audit.append(p_key, p_bytes) a;
    END $$;
    REVOKE ALL ON FUNCTION wpex_audit.append_access(text, bytea) FROM PUBLIC;
    GRANT EXECUTE ON FUNCTION wpex_audit.append_access(text, bytea) TO \(reader);
    """

  /// Version 3: lets a daemon without state find out which commit was accepted last.
  private static let third = """
    CREATE FUNCTION wpex_audit.newest_record(p_action text)
    RETURNS TABLE (sequence bigint, key text, bytes bytea, previous bytea, hash bytea)
      LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
      AS 'SELECT r.sequence, r.key, r.bytes, r.previous, r.hash FROM wpex_audit.records r
        WHERE r.action = p_action ORDER BY r.sequence DESC LIMIT 1';
    REVOKE ALL ON FUNCTION wpex_audit.newest_record(text) FROM PUBLIC;
    GRANT EXECUTE ON FUNCTION wpex_audit.newest_record(text) TO \(daemon), \(reader);
    """

  /// Version 4: restricts what a compromised role can do.
  ///
  /// Everything stored can be read back, the status server cannot occupy a key of the daemon's, a checkpoint must match
  /// an existing record, and no function resolves names in the caller's schemas.
  private static let fourth = """
    ALTER FUNCTION wpex_audit.refuse() SET search_path = pg_catalog, pg_temp;
    ALTER FUNCTION wpex_audit.adopt(bigint, text, bytea, bytea, bytea) SET search_path = pg_catalog, pg_temp;
    ALTER FUNCTION wpex_audit.store(bigint, text, bytea, bytea, bytea) SET search_path = pg_catalog, pg_temp;

    -- Canonical JSON of texts and whole numbers, each member once: what wpex reads back as the same bytes.
    CREATE FUNCTION wpex_audit.is_entry(p_bytes bytea) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    DECLARE
      written text := convert_from(p_bytes, 'UTF8');
      again text;
      members bigint;
      names bigint;
      are_plain boolean;
    BEGIN
      SELECT '{' || string_agg(to_json(m.key)::text || ':' || CASE json_typeof(m.value)
          WHEN 'string' THEN to_json(m.value #>> '{}')::text WHEN 'number' THEN m.value::text END, ','
          ORDER BY m.key COLLATE "C") || '}',
        count(*), count(DISTINCT m.key),
        bool_and(json_typeof(m.value) = 'string' OR m.value::text ~ '^(0|-?[1-9][0-9]{0,17})$')
      INTO again, members, names, are_plain FROM json_each(written::json) m;
      RETURN coalesce(are_plain AND members = names AND again = written
        AND written::json ->> 'version' = '1' AND json_typeof(written::json -> 'time') = 'number'
        AND json_typeof(written::json -> 'action') = 'string', false);
    EXCEPTION WHEN OTHERS THEN RETURN false;
    END $$;
    REVOKE ALL ON FUNCTION wpex_audit.is_entry(bytea) FROM PUBLIC;

    -- The new rows are refused, not the function of the first version changed: both appends end here. A partition is made
    -- for every month, so that a wrong clock is bounded too.
    CREATE FUNCTION wpex_audit.judge() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
    BEGIN
      IF NOT wpex_audit.is_entry(NEW.bytes) THEN RAISE EXCEPTION 'these bytes are not a wpex audit record'; END IF;
      IF NEW.time < '1970-01-01 00:00:00+00' OR NEW.time >= '2200-01-01 00:00:00+00'
      THEN RAISE EXCEPTION 'the time of a record lies between 1970 and 2200'; END IF;
      RETURN NEW;
    END $$;
    CREATE TRIGGER judged BEFORE INSERT ON wpex_audit.records FOR EACH ROW EXECUTE FUNCTION wpex_audit.judge();
    REVOKE ALL ON FUNCTION wpex_audit.judge() FROM PUBLIC;

    CREATE OR REPLACE FUNCTION wpex_audit.append_access(p_key text, p_bytes bytea)
    RETURNS TABLE (sequence bigint, key text, bytes bytea, previous bytea, hash bytea)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    BEGIN
      IF NOT wpex_audit.is_entry(p_bytes) OR NOT coalesce(convert_from(p_bytes, 'UTF8')::json ->> 'action'
        IN (\(AuditAction.ofStatusServer.map { "'\($0.rawValue)'" }.joined(separator: ", "))), false)
      THEN RAISE EXCEPTION 'the status server records logins and measurements only'; END IF;
      -- A key that the daemon will use later would keep the daemon's record out.
      IF NOT coalesce(p_key ~ '^(\(AuditAction.keysOfStatusServer.joined(separator: "|")))/', false)
      THEN RAISE EXCEPTION 'the status server has keys of its own'; END IF;
      RETURN QUERY SELECT a.sequence, a.key, a.bytes, a.previous, a.hash FROM wpex_audit.append(p_key, p_bytes) a;
    END $$;

    CREATE OR REPLACE FUNCTION wpex_audit.add_checkpoint(p_sequence bigint, p_text text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    BEGIN
      IF split_part(p_text, E'\\n', 2) <> p_sequence::text OR split_part(p_text, E'\\n', 4) <> ''
        OR coalesce((SELECT encode(r.hash, 'base64') FROM wpex_audit.records r WHERE r.sequence = p_sequence), '')
          <> split_part(p_text, E'\\n', 3)
      THEN RAISE EXCEPTION 'this is not a checkpoint of record %', p_sequence; END IF;
      INSERT INTO wpex_audit.checkpoints VALUES (p_sequence, p_text) ON CONFLICT DO NOTHING;
    END $$;
    """

  /// Creates the table of versions, and a function with the current version that every role may call.
  static let versions = """
    CREATE TABLE IF NOT EXISTS wpex_audit.migrations (
      version integer PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now());
    CREATE OR REPLACE FUNCTION wpex_audit.schema_version() RETURNS integer
      LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
      AS 'SELECT coalesce(max(version), 0) FROM wpex_audit.migrations';
    """
}
