INSERT INTO item SELECT 'tenant-a', m, i, ARRAY[m, NULL] FROM unnest(enum_range(NULL::mood)) AS m, generate_series(1, 10) AS i;
INSERT INTO item VALUES ('tenant-b', 'fine', 1, '{}');
