INSERT INTO item VALUES
  (1, 'tenant-a', '=r/postgres', '{=r/postgres,postgres=arwd/postgres}'),
  (1001, 'tenant-a', NULL, NULL),
  (1003, 'tenant-b', '=r/postgres', '{=r/postgres,postgres=arwd/postgres}');
