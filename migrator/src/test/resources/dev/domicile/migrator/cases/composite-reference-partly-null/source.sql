INSERT INTO item SELECT 'tenant-' || substr('ab', i % 2 + 1, 1), i FROM generate_series(1, 20) AS i;
INSERT INTO part SELECT id, client_key, CASE id % 3 WHEN 0 THEN id END, CASE id % 4 WHEN 0 THEN client_key END, CASE id % 4 WHEN 0 THEN id END FROM item;
