INSERT INTO item SELECT i, 'tenant-' || substr('ab', i % 2 + 1, 1), 'a' || i, i, i % 7 FROM generate_series(1, 40) AS i;
