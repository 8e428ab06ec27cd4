INSERT INTO item VALUES
  (1, 'tenant-a', '{"b": 1, "a":2,   "b": 3}'),
  (3, 'tenant-a', 'null'),
  (5, 'tenant-a', '[1.0, 1.10, 1e400, "\u00e9\n"]'),
  (7, 'tenant-a', '"text"'),
  (1001, 'tenant-a', NULL),
  (1003, 'tenant-b', '{"b": 1, "a":2,   "b": 3}');
