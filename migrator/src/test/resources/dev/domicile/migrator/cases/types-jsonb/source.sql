INSERT INTO item VALUES
  (1, 'tenant-a', '{"b": 1, "a": {"c": [null, true, {}]}, "b": 3}'),
  (3, 'tenant-a', 'null'),
  (5, 'tenant-a', '[1.0, 1.10, 1e400, "\u00e9\n\\"]'),
  (7, 'tenant-a', '""'),
  (9, 'tenant-a', '{}'),
  (11, 'tenant-a', ('[' || repeat('{"k": "some longer value"}, ', 5000) || '1]')::jsonb),
  (1001, 'tenant-a', NULL),
  (1003, 'tenant-b', '{"b": 1, "a": {"c": [null, true, {}]}, "b": 3}');
