INSERT INTO item VALUES
  (1, 'tenant-a', 'a@b.c', 1, '{a@b.c,d@e.f}', 'fine', row(1, 2)),
  (3, 'tenant-a', 'é@ü.x', 2147483647, '{}', NULL, row(NULL, 5)),
  (1001, 'tenant-a', NULL, NULL, NULL, NULL, NULL),
  (1003, 'tenant-b', 'a@b.c', 1, '{a@b.c,d@e.f}', 'fine', row(1, 2));
