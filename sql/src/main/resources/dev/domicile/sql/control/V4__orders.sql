-- Migrations that the realm migration service orders by its hooks: what it wants is written down when it is asked
-- for, and done later, by any node.

ALTER TABLE migration
    ADD COLUMN copies     boolean NOT NULL DEFAULT true,
    ADD COLUMN wanted     text CHECK (wanted IN ('SCHEDULE', 'COPY', 'COMMIT', 'ROLLBACK')),
    ADD COLUMN assessment jsonb,
    ADD COLUMN progress   jsonb,
    -- A tenant that lives in the realm already is ordered there all the same, and stays.
    DROP CONSTRAINT migration_check,
    ADD CONSTRAINT migration_leaves_its_realm CHECK (target_realm <> source_realm OR NOT copies),
    ADD CONSTRAINT migration_error_code CHECK (error_code ~ '^E[0-9]{4}$'),
    -- What copied nothing has no old copy, so nothing of it is ever purged.
    ADD CONSTRAINT migration_purges_copies CHECK (state <> 'PURGED' OR copies);

COMMENT ON COLUMN migration.copies IS 'false if both realms rest in one database: only the route changes, and nothing is ever deleted';
COMMENT ON COLUMN migration.wanted IS 'the furthest that the hooks have asked for; null if no hook ordered the migration';
COMMENT ON COLUMN migration.window_end IS 'when the copy must be ready; a start by hook brings it forward to the declared maximum';
COMMENT ON COLUMN migration.error_code IS 'of the protocol, once the migration has failed for good';
COMMENT ON COLUMN migration.assessment IS 'what the look before the move found when it was scheduled';
COMMENT ON COLUMN migration.progress IS 'how far the running phase is; no row contents';

CREATE UNIQUE INDEX migration_external_idx ON migration (client_key, external_id) WHERE external_id IS NOT NULL;

-- The table of db-scheduler 16, in which background work outlives the node that took it on.
CREATE TABLE scheduled_task (
    task_name            text NOT NULL,
    task_instance        text NOT NULL,
    task_data            bytea,
    execution_time       timestamptz NOT NULL,
    picked               boolean NOT NULL,
    picked_by            text,
    last_success         timestamptz,
    last_failure         timestamptz,
    consecutive_failures int,
    last_heartbeat       timestamptz,
    version              bigint NOT NULL,
    priority             smallint,
    PRIMARY KEY (task_name, task_instance)
);

CREATE INDEX scheduled_task_execution_time_idx ON scheduled_task (execution_time);
CREATE INDEX scheduled_task_last_heartbeat_idx ON scheduled_task (last_heartbeat);

COMMENT ON TABLE scheduled_task IS 'work on migrations that is to be done, and who does it; kept by db-scheduler';
