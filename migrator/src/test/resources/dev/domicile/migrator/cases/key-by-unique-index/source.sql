INSERT INTO item SELECT 'tenant-' || substr('ab', i % 2 + 1, 1), 'c' || i, NULLIF(i, 7), i FROM generate_series(1, 50) AS i;
