INSERT INTO item SELECT 1, 'tenant-a', string_agg(md5(i::text), ''), convert_to(string_agg(md5(i::text), ''), 'UTF8')
FROM generate_series(1, 350000) AS i;
INSERT INTO item VALUES (2, 'tenant-a', 'small', 'small'), (3, 'tenant-b', 'stays', NULL);
