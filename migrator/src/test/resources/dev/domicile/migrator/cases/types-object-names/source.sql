INSERT INTO item VALUES
  (1, 'tenant-a', 'item', 'integer', 'lower(text)', 'public'),
  (3, 'tenant-a', 'other', 'mood', 'sum(bigint)', 'pg_catalog'),
  (1001, 'tenant-a', NULL, NULL, NULL, NULL),
  (1003, 'tenant-b', 'item', 'integer', 'lower(text)', 'public');
