INSERT INTO item VALUES
  (1, 'tenant-a', 'Home'),
  (3, 'tenant-a', 'ÄÖÜ'),
  (1001, 'tenant-a', 'other'),
  (1003, 'tenant-b', 'Home');
