INSERT INTO item VALUES
  (1, 'tenant-a', 'NaN', 'NaN', 'NaN'),
  (3, 'tenant-a', 'Infinity', 0.0000, 0),
  (5, 'tenant-a', '-Infinity', -99999999.9999, 1e999::numeric),
  (7, 'tenant-a', 1.10, 1.1, 12345678901234567890123456789012345678901234567890),
  (9, 'tenant-a', 1.1000000, 0, -1),
  (11, 'tenant-a', 1e-1000, 0.0001, 2),
  (13, 'tenant-a', -0.0, -0.0, 3),
  (1001, 'tenant-a', NULL, NULL, NULL),
  (1003, 'tenant-b', 'NaN', 'NaN', 'NaN');
