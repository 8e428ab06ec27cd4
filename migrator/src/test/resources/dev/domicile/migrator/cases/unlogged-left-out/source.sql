INSERT INTO item SELECT i, 'tenant-' || substr('ab', i % 2 + 1, 1) FROM generate_series(1, 20) AS i;
INSERT INTO cache SELECT i, 'tenant-' || substr('ab', i % 2 + 1, 1) FROM generate_series(1, 20) AS i;
