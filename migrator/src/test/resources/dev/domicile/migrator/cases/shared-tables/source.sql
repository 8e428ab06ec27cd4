INSERT INTO country VALUES ('DE', 'Germany'), ('FR', 'France'), ('XX', 'only here');
INSERT INTO item SELECT i, 'tenant-' || substr('ab', i % 2 + 1, 1), CASE i % 3 WHEN 0 THEN 'DE' WHEN 1 THEN 'FR' END FROM generate_series(1, 30) AS i;
