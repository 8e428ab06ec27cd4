INSERT INTO item SELECT i, 'tenant-' || CASE WHEN i < 6 THEN 'a' ELSE 'b' END, repeat('x', 400) FROM generate_series(1, 4000) AS i;
INSERT INTO part SELECT id, id, v FROM item;
INSERT INTO found SELECT id, client_key, v FROM item;
ANALYZE;
