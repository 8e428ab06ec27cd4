-- The way back after a commit, and when the target began to take the tenant's writes.

ALTER TABLE migration
    ADD COLUMN opened_at timestamptz,
    DROP CONSTRAINT migration_state_check,
    ADD CONSTRAINT migration_state_check CHECK (state IN (
        'SCHEDULED', 'COPYING', 'CATCHING_UP', 'READY_TO_COMMIT', 'COMMITTING', 'COMMITTED', 'RETURNING',
        'PURGED', 'FAILED', 'ROLLING_BACK', 'ROLLED_BACK'));

UPDATE migration SET opened_at = committed_at WHERE state IN ('COMMITTED', 'PURGED');

COMMENT ON COLUMN migration.route_epoch IS 'the epoch of the route that the next flip expects to find';
COMMENT ON COLUMN migration.opened_at IS 'when the target began to take the tenant''s writes; null: it does not yet';
