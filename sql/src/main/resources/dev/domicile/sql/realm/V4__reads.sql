-- Where row-level security is on, a policy asks this of a session that names the tenant, once for each statement.
CREATE FUNCTION pass_read(migration bigint) RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM domicile.fence WHERE migration_id = migration AND state IN ('CLOSED', 'PURGING')) THEN
        RAISE EXCEPTION 'this realm serves the tenant no more, which is being moved or has moved'
            USING ERRCODE = 'DM001', HINT = 'Look up the tenant''s route again and repeat the transaction there.';
    END IF;
    RETURN true;
END
$$;
