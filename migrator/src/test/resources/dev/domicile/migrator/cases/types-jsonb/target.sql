INSERT INTO item VALUES (2, 'tenant-c', '{"b": 1, "a": {"c": [null, true, {}]}, "b": 3}');
