-- A removed route stays as a row. Its epoch goes on growing, so nobody who saw the old route can take the next
-- one of the same tenant for it, and its version tells the nodes that it went.
-- Where the tenant was is forgotten.

ALTER TABLE route
    ALTER COLUMN realm DROP NOT NULL,
    DROP CONSTRAINT route_state_check,
    ADD CONSTRAINT route_state_check CHECK (state IN ('ACTIVE', 'FROZEN', 'REMOVED')),
    ADD CONSTRAINT route_realm_known CHECK ((realm IS NULL) = (state = 'REMOVED')),
    ADD CONSTRAINT route_since_is_a_time CHECK (isfinite(since));

CREATE OR REPLACE FUNCTION route_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- A crash must not take back a route that nodes have heard of.
    IF current_setting('synchronous_commit') = 'off' THEN
        PERFORM set_config('synchronous_commit', 'on', true);
    END IF;
    NEW.version := pg_current_xact_id()::text::bigint;
    IF TG_OP = 'UPDATE' THEN
        IF NEW.epoch <= OLD.epoch THEN
            RAISE EXCEPTION 'the epoch of a route must grow' USING ERRCODE = 'check_violation';
        END IF;
        IF NEW.realm IS DISTINCT FROM OLD.realm THEN
            NEW.since := now();
        END IF;
    END IF;
    PERFORM pg_notify('domicile_route', NEW.client_key);
    RETURN NEW;
END
$$;

DROP TRIGGER route_changed ON route;
CREATE TRIGGER route_changed BEFORE INSERT OR UPDATE ON route
    FOR EACH ROW EXECUTE FUNCTION route_changed();

CREATE FUNCTION route_is_not_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a route is not deleted' USING
        ERRCODE = 'restrict_violation',
        HINT = 'Set its state to REMOVED, its realm to NULL and its epoch to the next one.';
END
$$;

CREATE TRIGGER route_is_not_deleted BEFORE DELETE ON route
    FOR EACH ROW EXECUTE FUNCTION route_is_not_deleted();
CREATE TRIGGER route_is_not_truncated BEFORE TRUNCATE ON route
    FOR EACH STATEMENT EXECUTE FUNCTION route_is_not_deleted();

COMMENT ON COLUMN route.state IS 'ACTIVE, FROZEN for a cutover, or REMOVED: as if there were no row';
COMMENT ON COLUMN route.version IS 'the transaction that changed the row last';
