-- The control schema: where each tenant's data rest, and the durable state of each move.
-- It never holds a row of a tenant's own data.

CREATE TABLE route (
    client_key text PRIMARY KEY,
    realm      text NOT NULL CHECK (realm <> ''),
    state      text NOT NULL DEFAULT 'ACTIVE' CHECK (state IN ('ACTIVE', 'FROZEN')),
    epoch      bigint NOT NULL DEFAULT 1 CHECK (epoch > 0),
    since      timestamptz NOT NULL DEFAULT now(),
    -- The transaction that changed the row last. A poller that asks for rows at or above the oldest
    -- transaction that was still open at its last poll misses none, whatever order they commit in.
    version    bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint
);

COMMENT ON TABLE route IS 'client_key -> realm; the one place that says where a tenant lives';
COMMENT ON COLUMN route.epoch IS 'grows with each change; every guard compares it';
COMMENT ON COLUMN route.since IS 'since when the tenant lives in this realm';

CREATE INDEX route_version_idx ON route (version);

CREATE FUNCTION route_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        PERFORM pg_notify('domicile_route', OLD.client_key);
        RETURN OLD;
    END IF;
    NEW.version := pg_current_xact_id()::text::bigint;
    IF TG_OP = 'UPDATE' THEN
        IF NEW.epoch <= OLD.epoch THEN
            RAISE EXCEPTION 'the epoch of a route must grow' USING ERRCODE = 'check_violation';
        END IF;
        IF NEW.realm <> OLD.realm THEN
            NEW.since := now();
        END IF;
    END IF;
    PERFORM pg_notify('domicile_route', NEW.client_key);
    RETURN NEW;
END
$$;

CREATE TRIGGER route_changed BEFORE INSERT OR UPDATE OR DELETE ON route
    FOR EACH ROW EXECUTE FUNCTION route_changed();

CREATE TABLE installation (
    client_key         text PRIMARY KEY,
    base_url           text NOT NULL,
    product_type       text NOT NULL,
    shared_secret      text NOT NULL,
    installed_at       timestamptz NOT NULL DEFAULT now(),
    uninstalled_at     timestamptz
);

COMMENT ON COLUMN installation.shared_secret IS 'encrypted: a JWE that names its key and carries the client key';

CREATE TABLE migration (
    id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    client_key       text NOT NULL,
    source_realm     text NOT NULL,
    target_realm     text NOT NULL CHECK (target_realm <> source_realm),
    state            text NOT NULL DEFAULT 'SCHEDULED' CHECK (state IN (
                         'SCHEDULED', 'COPYING', 'CATCHING_UP', 'READY_TO_COMMIT', 'COMMITTING', 'COMMITTED',
                         'PURGED', 'FAILED', 'ROLLING_BACK', 'ROLLED_BACK')),
    epoch            bigint NOT NULL DEFAULT 1,
    route_epoch      bigint NOT NULL,
    window_start     timestamptz NOT NULL,
    window_end       timestamptz NOT NULL CHECK (window_end > window_start),
    external_id      bigint,
    error_code       text,
    error            text,
    attempts         int NOT NULL DEFAULT 0,
    requested_by     text NOT NULL,
    plan             jsonb,
    plan_fingerprint text,
    created_at       timestamptz NOT NULL DEFAULT now(),
    committed_at     timestamptz
);

COMMENT ON COLUMN migration.epoch IS 'grows with each change of state; every change compares it';
COMMENT ON COLUMN migration.route_epoch IS 'the epoch of the route that the flip expects to find';
COMMENT ON COLUMN migration.external_id IS 'migrationId of the realm migration service, where it sent one';

-- A tenant is moved by one migration at a time.
CREATE UNIQUE INDEX migration_open_idx ON migration (client_key)
    WHERE state NOT IN ('COMMITTED', 'PURGED', 'ROLLED_BACK');
CREATE INDEX migration_client_key_idx ON migration (client_key, id);

CREATE TABLE migration_event (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    migration_id bigint NOT NULL REFERENCES migration (id),
    at           timestamptz NOT NULL DEFAULT now(),
    from_state   text,
    to_state     text NOT NULL,
    actor        text NOT NULL,
    detail       jsonb NOT NULL DEFAULT '{}'
);

CREATE INDEX migration_event_migration_idx ON migration_event (migration_id, id);

COMMENT ON TABLE migration_event IS 'append-only: who changed which migration, when, to what';

CREATE FUNCTION migration_event_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'migration_event is append-only' USING ERRCODE = 'restrict_violation';
END
$$;

CREATE TRIGGER migration_event_is_append_only BEFORE UPDATE OR DELETE ON migration_event
    FOR EACH ROW EXECUTE FUNCTION migration_event_is_append_only();
