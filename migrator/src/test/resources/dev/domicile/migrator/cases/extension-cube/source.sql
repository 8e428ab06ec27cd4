INSERT INTO item VALUES
  (1, 'tenant-a', '(1.1, 2.2), (3.3, 4.4)'),
  (3, 'tenant-a', '(0)'),
  (1001, 'tenant-a', NULL),
  (1003, 'tenant-b', '(1.1, 2.2), (3.3, 4.4)');
