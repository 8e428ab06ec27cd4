INSERT INTO item SELECT i, 'tenant-' || substr('ab', i % 2 + 1, 1) FROM generate_series(1, 20) AS i;
INSERT INTO label SELECT i, 'tenant-' || substr('ab', i % 2 + 1, 1) FROM generate_series(1, 20) AS i;
INSERT INTO link SELECT i, 'same' FROM generate_series(1, 20) AS i, generate_series(1, 3);
INSERT INTO either SELECT CASE WHEN i % 3 <> 0 THEN i END, CASE WHEN i % 3 <> 1 THEN i END FROM generate_series(1, 20) AS i, generate_series(1, 2);
INSERT INTO either VALUES (NULL, NULL);
