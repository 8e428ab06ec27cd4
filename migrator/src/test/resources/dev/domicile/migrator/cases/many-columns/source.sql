INSERT INTO item (id, client_key, c1, c700, c1200) SELECT i, 'tenant-a', i, -i, i * i FROM generate_series(1, 50) AS i;
INSERT INTO item (id, client_key, c3) VALUES (100, 'tenant-b', 1);
