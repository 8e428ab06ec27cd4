INSERT INTO item VALUES
  (1, 'tenant-a', 'text', 'varchar', 'char', 'name', 'x'),
  (3, 'tenant-a', '', '', '', '', ''),
  (5, 'tenant-a', '  lead and trail  ', ' v  ', ' c ', ' n ', ' '),
  (7, 'tenant-a', repeat('é', 100), repeat('é', 10), repeat('é', 10), repeat('n', 63), '\'),
  (1001, 'tenant-a', NULL, NULL, NULL, NULL, NULL),
  (1003, 'tenant-b', 'text', 'varchar', 'char', 'name', 'x');
