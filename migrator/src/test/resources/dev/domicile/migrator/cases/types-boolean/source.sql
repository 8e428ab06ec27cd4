INSERT INTO item VALUES
  (1, 'tenant-a', true),
  (3, 'tenant-a', false),
  (1001, 'tenant-a', NULL),
  (1003, 'tenant-b', true);
