-- Notes of changed rows may come over the server's log instead of being written into change_log by the triggers.

ALTER TABLE fence ADD COLUMN slot text;

COMMENT ON COLUMN fence.slot IS 'the replication slot by which notes come into change_log, set before there is one; null: triggers write them there';
COMMENT ON COLUMN change_log.transaction IS 'the transaction that wrote the row, whoever wrote the note';
