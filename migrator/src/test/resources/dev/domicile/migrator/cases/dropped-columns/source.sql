INSERT INTO item (id, client_key, v) SELECT i, 'tenant-' || substr('ab', i % 2 + 1, 1), i FROM generate_series(1, 40) AS i;
