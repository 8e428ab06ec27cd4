INSERT INTO item SELECT 'tenant-' || substr('ab', i % 2 + 1, 1), 'v' || i % 5, 0.1 FROM generate_series(1, 60) AS i;
INSERT INTO late SELECT i, 'tenant-' || substr('ab', i % 2 + 1, 1) FROM generate_series(1, 30) AS i;
INSERT INTO maybe SELECT i, 'tenant-' || substr('ab', i % 2 + 1, 1) FROM generate_series(1, 30) AS i;
INSERT INTO maybe VALUES (NULL, 'tenant-a'), (NULL, 'tenant-a');
