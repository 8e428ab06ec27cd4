INSERT INTO note SELECT i, 'tenant-' || substr('ab', i % 2 + 1, 1) FROM generate_series(1, 20) AS i;
INSERT INTO task SELECT i, 'tenant-' || substr('ab', i % 2 + 1, 1) FROM generate_series(1, 20) AS i;
INSERT INTO mention SELECT i, CASE WHEN i % 3 <> 0 THEN i END, CASE WHEN i % 3 <> 1 THEN i END FROM generate_series(1, 20) AS i;
INSERT INTO mention VALUES (100, NULL, NULL);
INSERT INTO reply SELECT id, id FROM mention;
