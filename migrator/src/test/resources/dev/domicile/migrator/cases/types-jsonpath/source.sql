INSERT INTO item VALUES
  (1, 'tenant-a', '$.a[*] ? (@.b > 1)'),
  (3, 'tenant-a', 'strict $."key with space".type()'),
  (1001, 'tenant-a', NULL),
  (1003, 'tenant-b', '$.a[*] ? (@.b > 1)');
