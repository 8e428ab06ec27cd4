INSERT INTO item VALUES (2, 'tenant-c', '{"b": 1, "a":2,   "b": 3}');
