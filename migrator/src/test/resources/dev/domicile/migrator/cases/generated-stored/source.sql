INSERT INTO item (id, client_key, price) SELECT i, CASE i % 2 WHEN 0 THEN 'tenant-a' ELSE 'tenant-b' END, i / 3.0 FROM generate_series(1, 60) AS i;
